"""Walking the tree of commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .commands import Branch, CommandBase, ContainerBase
from .problems import PathInTree


def children(
    commands: Iterable[CommandBase], path: PathInTree
) -> Iterator[tuple[CommandBase, PathInTree]]:
    """Yield the commands of a body that are not disabled, with their paths."""
    for number, command in enumerate(commands):
        if not command.disabled:
            yield command, (*path, number)


def bodies(
    command: CommandBase, path: PathInTree
) -> Iterator[tuple[Sequence[CommandBase], PathInTree]]:
    """Yield the bodies (lists of sub-commands) of a command, with their paths."""
    if isinstance(command, ContainerBase):
        yield command.do, (*path, "do")
    if isinstance(command, Branch):
        for number, case in enumerate(command.elif_):
            yield case.do, (*path, "elif", number, "do")
        yield command.else_, (*path, "else")


def walk(
    commands: Iterable[CommandBase], path: PathInTree = ("commands",)
) -> Iterator[tuple[CommandBase, PathInTree]]:
    """Yield all commands of a tree that are not disabled, each before those under it."""
    for command, place in children(commands, path):
        yield command, place
        for body, inner in bodies(command, place):
            yield from walk(body, inner)
