"""How the command that rewrites a page compiles: transform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sequentum_scrapy.definition import commands as language
from sequentum_scrapy.definition.problems import PathInTree

from .steps import Transform
from .transforms import compile_change

if TYPE_CHECKING:
    from .compile import Common, Compiler


def compile_transform(
    _compiler: Compiler, command: language.Transform, _path: PathInTree, _outer: str, common: Common
) -> Transform:
    changes = command.changes
    return Transform(
        **common,
        changes=tuple(map(compile_change, changes)),
        optional=command.optional,
        responses=tuple(change.response for change in changes if change.response is not None),
    )
