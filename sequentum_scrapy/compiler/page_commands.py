"""How the command that rewrites a page compiles: transform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sequentum_scrapy.definition import commands as language
from sequentum_scrapy.definition.problems import PathInTree

from .program import Transform
from .transforms import compile_change

if TYPE_CHECKING:
    from .compile import Common, Compiler


def compile_transform(
    _compiler: Compiler, command: language.Transform, _path: PathInTree, _outer: str, common: Common
) -> Transform:
    given = command.transform
    changes = given if isinstance(given, list) else [given]
    return Transform(
        **common, changes=tuple(map(compile_change, changes)), optional=command.optional
    )
