"""How the commands compile that save files and call functions: download, script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sequentum_scrapy.definition import commands as language
from sequentum_scrapy.definition.problems import PathInTree
from sequentum_scrapy.definition.templates import compile_template

from .navigation import compile_target
from .selectors import compile_selector
from .steps import Download, Script, Target

if TYPE_CHECKING:
    from .compile import Common, Compiler


def compile_download(
    compiler: Compiler, command: language.Download, _path: PathInTree, _outer: str, common: Common
) -> Download:
    file = command.download
    clicked = compile_selector(file.click) if isinstance(file, language.ClickedFile) else None
    return Download(
        **common,
        target=Target() if clicked else compile_target(compiler, command.download),
        clicked=clicked,
        field=command.as_,
        all=command.all,
        path=compile_template(command.path) if command.path is not None else None,
        types=tuple(command.types),
        max_bytes=command.max_bytes,
        optional=command.optional,
    )


def compile_script(
    compiler: Compiler, command: language.Script, path: PathInTree, outer: str, common: Common
) -> Script:
    script = command.script
    javascript = script.javascript if isinstance(script, language.JavaScript) else None
    return Script(
        **compiler.repeating(command, path, outer, common),
        function=script if isinstance(script, str) else "",
        javascript=javascript,
        arguments=compiler.json(command.with_),
        argument_names=tuple(command.with_),
        captures=tuple(command.captures_),
        has_rows=bool(command.do),
    )
