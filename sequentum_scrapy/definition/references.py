"""What ``run`` refers to: blocks and Agents in other files, looked up by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from jsonschema import Draft202012Validator

from .agent import Agent
from .commands import Export, Login, Run
from .problems import PathInTree, Problem
from .start import StartFile, StartSitemap
from .templates import is_template
from .walk import walk
from .words import did_you_mean

BLOCKS = "blocks"
SUFFIXES = (".yaml", ".yml", ".json")

Read = Callable[[Path, "tuple[Path, ...]"], Agent]
"""Reads the file of a block or an Agent, within the files of those that run it."""


def resolve(
    agent: Agent, folders: Sequence[Path], chain: tuple[Path, ...], read: Read
) -> list[Problem]:
    """Look up all that an Agent runs, and return what is wrong with it.

    ``chain`` are the files of the Agents that run this one, the outermost first, and its own.
    """
    runs = [found for found in walk(agent.commands, ("commands",)) if isinstance(found[0], Run)]
    files = _files(folders) if runs else {}
    problems: list[Problem] = []
    for command, path in runs:
        assert isinstance(command, Run)
        problem = _misdirected(command, path, files, chain)
        if problem is not None:
            problems.append(problem)
            continue
        target = read(files[command.run], chain)
        command.refer(target)
        problems += [*_inputs(command, path, target), *_fit(target, path, agent)]
    return problems


def _misdirected(
    command: Run, path: PathInTree, files: dict[str, Path], chain: tuple[Path, ...]
) -> Problem | None:
    place, name = (*path, "run"), command.run
    if name in files:
        # Files, as the name in one may be another than that by which it is run.
        target = files[name].resolve()
        if target not in chain:
            return None
        circle = (*chain[chain.index(target) :], target)
        return Problem(place, "a circle: " + " runs ".join(path.stem for path in circle))
    hint = did_you_mean(name, files) or "no blocks and no Agents here"
    return Problem(place, f'no block and no Agent "{name}"', hint)


def _files(folders: Sequence[Path]) -> dict[str, Path]:
    """Return the files of blocks and Agents by name; a block goes before an Agent of the same name."""
    found: dict[str, Path] = {}
    for folder in folders:
        for inner in (folder / BLOCKS, folder):
            for path in sorted(inner.glob("*")):
                if path.suffix in SUFFIXES:
                    found.setdefault(path.stem, path)
    return found


def _inputs(command: Run, path: PathInTree, target: Agent) -> Iterator[Problem]:
    for name, value in command.inputs.items():
        place = (*path, "inputs", name)
        if name not in target.inputs:
            hint = did_you_mean(name, target.inputs) or "it has none"
            yield Problem(place, f'"{command.run}" has no input "{name}"', hint)
        elif not (isinstance(value, str) and is_template(value)):
            for error in Draft202012Validator(target.inputs[name]).iter_errors(value):
                yield Problem(place, f'the input "{name}": {error.message}')
    for name, schema in target.inputs.items():
        if name not in command.inputs and "default" not in schema:
            yield Problem(
                path, f'"{command.run}" needs the input "{name}"', f"inputs: {{{name}: …}}"
            )


def _fit(target: Agent, path: PathInTree, agent: Agent) -> Iterator[Problem]:
    """Say what a target has that cannot be run by another Agent, or that this one does not know."""
    place = (*path, "run")
    if isinstance(target.start, (StartFile, StartSitemap)):
        yield Problem(place, f'"{target.name}" begins with a file or sitemap', "run it by itself")
    for command, _ in walk(target.commands, ()):
        if isinstance(command, Login):
            yield Problem(
                place,
                f'"{target.name}" logs in',
                "a login is the first command of an Agent that is run",
            )
        kind = command.export if isinstance(command, Export) else getattr(command, "record", None)
        if kind and kind not in agent.output.records:
            yield Problem(
                place,
                f'"{target.name}" makes records of the type "{kind}"',
                "declare it under output.records",
            )
