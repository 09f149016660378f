"""How the commands that keep a session fit compile: login, retry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sequentum_scrapy.definition import commands as language
from sequentum_scrapy.definition.problems import PathInTree

from .conditions import compile_condition
from .signs import compile_signs
from .steps import Login, Retry
from .traits import reads_status

if TYPE_CHECKING:
    from .compile import Common, Compiler


def compile_login(
    compiler: Compiler, command: language.Login, path: PathInTree, outer: str, common: Common
) -> Login:
    return Login(
        **common,
        url=compiler.render(command.login),
        body=compiler.body(command.do, (*path, "do"), outer),
        verify=compile_condition(command.verify),
        ended=None if command.ended is None else compile_condition(command.ended),
    )


def compile_retry(
    compiler: Compiler, command: language.Retry, path: PathInTree, outer: str, common: Common
) -> Retry:
    return Retry(
        **common,
        body=compiler.body(command.do, (*path, "do"), outer),
        trouble=compile_signs(command.when),
        attempts=command.retry,
        backoff=command.backoff,
        fresh_session=command.fresh_session,
        any_status=reads_status(command.do),
    )
