"""Which pages of an Agent are opened in a browser, and whether the commands on the others can do without."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .agent import Agent
from .commands import CommandBase, Login, Lookup, RequestBase, Run
from .problems import PathInTree, Problem
from .walk import bodies, children


def in_browser(command: CommandBase, *, live: bool) -> bool:
    """Tell whether what is under a command runs in a browser; ``live``: whether the page that it stands on does."""
    if isinstance(command, (RequestBase, Login)) and command.browser is not None:
        return command.browser
    if isinstance(command, Run) and command.target is not None and command.target.start is not None:
        return live or command.target.browser
    return live


def uses_browser(agent: Agent) -> bool:
    """Tell whether any page of an Agent is opened in a browser."""
    return agent.browser or any(
        in_browser(command, live=live)
        for command, _, live in _walk(agent.commands, ("commands",), live=agent.browser)
    )


def check_modes(agent: Agent) -> Iterator[Problem]:
    """Yield what needs a live page and has none, and settings of a browser that is not used."""
    for command, path, live in _walk(agent.commands, ("commands",), live=agent.browser):
        if command.needs_browser and not live:
            yield Problem(
                (*path, command.key),
                f"{_named(command)} needs a live page",
                "say browser: true beside the open above, or at the top for the whole Agent",
            )
    used = uses_browser(agent)
    if agent.settings.browser is not None and not used:
        yield Problem(
            ("settings", "browser"),
            "no page is opened in a browser",
            "say browser: true",
            "warning",
        )
    if used and agent.settings.impersonate is not None:
        yield Problem(("settings", "impersonate"), "a browser is one already", "leave it out")
    yield from _lookups(agent.commands, ("commands",), live=agent.browser, lookup=False)


def _named(command: CommandBase) -> str:
    """Return what needs the live page: the command, or the form of it that does."""
    value = getattr(command, command.key, None)
    for key in ("click", "scroll", "javascript"):
        if key != command.key and hasattr(value, key):
            return f"{command.key}: {{{key}: …}}"
    if command.key in ("capture", "transform"):
        return "response"
    return "typed" if command.key == "fill" else command.key


def _walk(
    commands: Sequence[CommandBase], path: PathInTree, *, live: bool
) -> Iterator[tuple[CommandBase, PathInTree, bool]]:
    for command, place in children(commands, path):
        yield command, place, live
        inner = in_browser(command, live=live)
        for body, below in bodies(command, place):
            yield from _walk(body, below, live=inner)
        if isinstance(command, Run):
            # What another file says has no place in this one but that of the command.
            for found, _, mode in _walk(command.commands, place, live=inner):
                yield found, place, mode


def _lookups(
    commands: Sequence[CommandBase], path: PathInTree, *, live: bool, lookup: bool
) -> Iterator[Problem]:
    """A page that is waited for holds its turn among the requests, so it must not wait for another."""
    for command, place in children(commands, path):
        inner = in_browser(command, live=live)
        if isinstance(command, Lookup) and lookup and live:
            yield Problem(
                place,
                "a lookup in a browser cannot wait for another page",
                "give the outer one browser: false, or capture what it needs before",
            )
        for body, below in bodies(command, place):
            yield from _lookups(
                body,
                below,
                live=inner,
                lookup=isinstance(command, Lookup) or (lookup and not command.changes_page),
            )
