"""How the commands that hold others on the same page compile: list, for_each, group, branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sequentum_scrapy.definition import commands as language
from sequentum_scrapy.definition.problems import PathInTree
from sequentum_scrapy.definition.row_files import RowFile
from sequentum_scrapy.definition.templates import compile_template
from sequentum_scrapy.definition.walk import bodies

from .conditions import compile_condition
from .selectors import compile_selector
from .steps import Branch, ForEach, Group, List

if TYPE_CHECKING:
    from .compile import Common, Compiler


def compile_list(
    compiler: Compiler, command: language.List, path: PathInTree, outer: str, common: Common
) -> List:
    made = compiler.repeating(command, path, outer, common)
    left = common["address"] in compiler.left
    return List(**made, select=compile_selector(command.list), left_early=left)


def compile_for_each(
    compiler: Compiler, command: language.ForEach, path: PathInTree, outer: str, common: Common
) -> ForEach:
    made = compiler.repeating(command, path, outer, common)
    rows = command.for_each
    return ForEach(
        **made,
        rows=rows if isinstance(rows, list) else None,
        input=rows.input if isinstance(rows, language.InputRows) else None,
        file=(rows, compile_template(rows.file)) if isinstance(rows, RowFile) else None,
        left_early=common["address"] in compiler.left,
    )


def compile_group(
    compiler: Compiler, command: language.Group, path: PathInTree, outer: str, common: Common
) -> Group:
    area = compile_selector(command.group) if command.group is not None else None
    return Group(**common, area=area, body=compiler.body(command.do, (*path, "do"), outer))


def compile_branch(
    compiler: Compiler, command: language.Branch, path: PathInTree, outer: str, common: Common
) -> Branch:
    conditions = [command.branch, *(case.if_ for case in command.elif_), None]
    compiled = [compiler.body(body, inner, outer) for body, inner in bodies(command, path)]
    return Branch(
        **common,
        cases=tuple(
            (compile_condition(condition) if condition is not None else None, body)
            for condition, body in zip(conditions, compiled, strict=True)
        ),
    )
