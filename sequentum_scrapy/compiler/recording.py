"""How the commands that make records compile: capture, export; and exit, which ends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sequentum_scrapy.definition import commands as language
from sequentum_scrapy.definition.check import END_OF_RUN
from sequentum_scrapy.definition.fields import responses
from sequentum_scrapy.definition.problems import PathInTree
from sequentum_scrapy.definition.reading import address

from .conditions import compile_condition
from .fields import compile_fields
from .steps import Capture, Exit, Export

if TYPE_CHECKING:
    from .compile import Common, Compiler


def compile_capture(
    compiler: Compiler, command: language.Capture, path: PathInTree, _outer: str, common: Common
) -> Capture:
    fields = compile_fields(command.capture, address((*path, "capture")), compiler.register)
    patterns = tuple(dict.fromkeys(responses(command.capture)))
    return Capture(**common, fields=fields, responses=patterns)


def compile_export(
    _compiler: Compiler, command: language.Export, _path: PathInTree, outer: str, common: Common
) -> Export:
    return Export(**common, record_type=command.export or outer)


def compile_exit(
    compiler: Compiler, command: language.Exit, _path: PathInTree, _outer: str, common: Common
) -> Exit:
    target = None
    if command.exit != END_OF_RUN:
        target = next(
            place
            for container, place in reversed(compiler.enclosing[:-1])
            if (container.name == command.exit if command.exit else container.forks)
        )
        compiler.left.update(place for _, place in compiler.enclosing)
    condition = compile_condition(command.if_) if command.if_ is not None else None
    return Exit(**common, target=target, condition=condition)
