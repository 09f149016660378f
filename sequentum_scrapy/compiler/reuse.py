"""How the command compiles that runs what another file says: run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from sequentum_scrapy.definition import commands as language
from sequentum_scrapy.definition.problems import PathInTree

from .starts import compile_starts
from .steps import Run
from .traits import makes_records, reads_status

if TYPE_CHECKING:
    from .compile import Common, Compiler


def compile_run(
    compiler: Compiler, command: language.Run, path: PathInTree, outer: str, common: Common
) -> Run:
    target = command.target
    record_type = command.record or outer
    compiler.record_types[common["address"]] = record_type
    body = compiler.body(command.commands, (*path, "run"), record_type)
    defaults = {
        name: schema["default"] for name, schema in target.inputs.items() if "default" in schema
    }
    given = compiler.json(command.inputs)
    return Run(
        **common,
        body=body,
        record_type=record_type,
        makes_records=record_type == outer and makes_records(body),
        starts=compile_starts(compiler, target.start),
        inputs=lambda context: {**defaults, **given(context)},
        accepts=_accepts(target.inputs),
        any_status=reads_status(target.commands),
    )


def _accepts(inputs: Mapping[str, Any]) -> Any:
    validators = {name: Draft202012Validator(schema) for name, schema in inputs.items()}

    def accepts(values: Mapping[str, Any]) -> Sequence[str]:
        return [
            f'input "{name}": {error.message}'
            for name, value in values.items()
            for error in validators[name].iter_errors(value)
        ]

    return accepts
