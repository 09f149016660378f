"""What the shape of a definition cannot show: whether its parts fit each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from .agent import Agent, SavedPage
from .commands import (
    Branch,
    Click,
    CommandBase,
    ContainerBase,
    Exit,
    Export,
    ForEach,
    InputRows,
    LiveCommand,
    Login,
    Lookup,
    Open,
    Paginate,
    Retry,
    Run,
    Script,
    Submit,
)
from .commands.forms import FormAction
from .modes import check_modes, in_browser
from .problems import PathInTree, Problem
from .records import check_records
from .row_files import is_inside
from .walk import bodies, children, walk
from .words import did_you_mean

END_OF_RUN = "run"
_NOT_IN_LOGIN = (Paginate, Export, Login, Retry, Run)


def check(agent: Agent) -> list[Problem]:
    """Return all problems of a definition whose every part is well-formed by itself."""
    return [
        *_inputs(agent),
        *_names(agent),
        *_start(agent),
        *_login(agent),
        *_retries(agent.commands, ("commands",), page=True),
        *_commands(agent.commands, ("commands",), agent, (), live=agent.browser),
        *check_records(agent),
        *check_modes(agent),
        *_tests(agent),
    ]


def check_part(agent: Agent) -> list[Problem]:
    """Return the problems of a definition that another one runs: those that do not depend on its place."""
    return [
        problem
        for problem in (
            *_inputs(agent),
            *_names(agent),
            *_commands(agent.commands, ("commands",), None, (), live=agent.browser),
        )
        if problem.severity == "error"
    ]


def _inputs(agent: Agent) -> Iterator[Problem]:
    for name, schema in agent.inputs.items():
        path: PathInTree = ("inputs", name)
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            yield Problem(path, f"not a valid JSON Schema: {error.message}")
            continue
        if "default" in schema:
            for misfit in Draft202012Validator(schema).iter_errors(schema["default"]):
                yield Problem((*path, "default"), f"the default does not fit: {misfit.message}")


def _names(agent: Agent) -> Iterator[Problem]:
    seen: dict[str, PathInTree] = {}
    for command, path in walk(agent.commands, ("commands",)):
        if command.name == END_OF_RUN:
            yield Problem((*path, "name"), f'"{END_OF_RUN}" means the whole run', "choose another")
        elif command.name in seen:
            yield Problem((*path, "name"), f'a second command named "{command.name}"')
        elif command.name:
            seen[command.name] = path


def _start(agent: Agent) -> Iterator[Problem]:
    """Without a start there is no page yet: commands that read one have nothing to read."""
    if agent.start is None:
        yield from _without_page(agent.commands, ("commands",))


def _without_page(commands: Iterable[CommandBase], path: PathInTree) -> Iterator[Problem]:
    for command, place in children(commands, path):
        if command.reads_page:
            yield Problem(
                (*place, command.key), "there is no page here yet", "give a start address"
            )
        elif not command.changes_page:
            for body, inner in bodies(command, place):
                yield from _without_page(body, inner)


def _login(agent: Agent) -> Iterator[Problem]:
    """A login holds for the whole run, so it stands before all that asks for pages."""
    for command, path in walk(agent.commands, ("commands",)):
        if isinstance(command, Login):
            if path != next(place for _, place in children(agent.commands, ("commands",))):
                yield Problem(
                    path, "a login is the first of the commands", "it holds for the whole run"
                )
            for inner, place in walk(command.do, (*path, "do")):
                if isinstance(inner, _NOT_IN_LOGIN):
                    yield Problem(place, f"{inner.key} cannot stand in a login")


def _retries(commands: Sequence[CommandBase], path: PathInTree, *, page: bool) -> Iterator[Problem]:
    """A retry begins a page anew, so nothing of the page may have come about before or beside it."""
    beside = [c for c, _ in children(commands, path) if not isinstance(c, Login)]
    for command, place in children(commands, path):
        if isinstance(command, Retry) and not page:
            yield Problem(
                place, "a retry is for a whole page", "put it right under the command that opens it"
            )
        elif isinstance(command, Retry) and len(beside) > 1:
            yield Problem(
                place, "a retry stands alone on its page", "move what stands beside it under it"
            )
        whole = command.changes_page or isinstance(command, (Paginate, Login))
        inner_page = whole and not isinstance(command, Lookup)
        for body, inner in bodies(command, place):
            yield from _retries(body, inner, page=inner_page)


def _commands(
    commands: Sequence[CommandBase],
    path: PathInTree,
    agent: Agent | None,
    outer: tuple[CommandBase, ...],
    *,
    live: bool,
) -> Iterator[Problem]:
    """``live``: the commands run on a page in a browser, as far as is known here."""
    ended = False
    for command, place in children(commands, path):
        if ended:
            yield Problem(
                place, "never reached: the exit before it is unconditional", severity="warning"
            )
            ended = False
        if isinstance(command, Exit):
            yield from _exit(command, place, outer)
            ended = command.if_ is None
        if _is_idle(command, outer, live=live):
            yield Problem(place, f"{command.key} holds no commands", "add do:", "warning")
        if any(isinstance(container, Lookup) for container in outer) and not command.joins:
            yield Problem(
                place,
                f"{command.key} cannot stand in a lookup: its page joins one record",
                "capture a list with list: and fields:, or use open",
            )
        # A live page may do by itself what a field is filled for.
        if (
            isinstance(command, FormAction)
            and not live
            and not _submits(commands[int(place[-1]) + 1 :])
        ):
            yield Problem(place, "nothing is submitted after this", "add submit:", "warning")
        if agent is not None:
            yield from _references(command, place, agent)
        for body, inner in bodies(command, place):
            yield from _commands(
                body, inner, agent, (*outer, command), live=in_browser(command, live=live)
            )


def _is_idle(command: CommandBase, outer: tuple[CommandBase, ...], *, live: bool) -> bool:
    """Tell whether a command is there for what it holds, and holds nothing."""
    if not isinstance(command, ContainerBase) or command.do:
        return False
    if isinstance(command, Submit):
        return not live and not any(isinstance(container, Login) for container in outer)
    if isinstance(command, Paginate):
        # One that grows brings all to the page of the commands beside it.
        return not command.needs_browser
    return not isinstance(command, (Branch, Click, Run, Script))


def _submits(commands: Sequence[CommandBase]) -> bool:
    """Tell whether a submit, or what may click a button, is among commands or in them."""
    return any(
        isinstance(command, (Submit, Open, Paginate, LiveCommand))
        or any(map(_submits, _inside(command)))
        for command in commands
    )


def _inside(command: CommandBase) -> list[Sequence[CommandBase]]:
    return [body for body, _ in bodies(command, ())]


def _exit(command: Exit, path: PathInTree, outer: tuple[CommandBase, ...]) -> Iterator[Problem]:
    if command.exit == END_OF_RUN:
        return
    # Beyond a page's own open there is nothing left to leave: its siblings run on their own.
    reachable: list[CommandBase] = []
    for container in reversed(outer):
        if container.changes_page:
            break
        reachable.append(container)
    if command.exit is None:
        if not any(container.forks for container in reachable):
            yield Problem(path, "exit stands in no list", "exit: run ends the run")
        return
    names = [container.name for container in reachable if container.name]
    if command.exit not in names:
        yield Problem(
            (*path, "exit"),
            f'no container named "{command.exit}" encloses this on the same page',
            did_you_mean(command.exit, [*names, END_OF_RUN]),
        )


def _references(command: CommandBase, path: PathInTree, agent: Agent) -> Iterator[Problem]:
    record = getattr(command, "record", None) if not isinstance(command, Export) else command.export
    if record and record not in agent.output.records:
        key = "export" if isinstance(command, Export) else "record"
        yield Problem(
            (*path, key),
            f'"{record}" is not under output.records',
            did_you_mean(record, agent.output.records) or "declare it there",
        )
    if isinstance(command, ForEach) and isinstance(command.for_each, InputRows):
        name = command.for_each.input
        place = (*path, "for_each", "input")
        if name not in agent.inputs:
            yield Problem(
                place, f'"{name}" is not among the inputs', did_you_mean(name, agent.inputs)
            )
        elif agent.inputs[name].get("type") != "array":
            yield Problem(place, f'the input "{name}" is not a list', "type: array")


def _tests(agent: Agent) -> Iterator[Problem]:
    known = {name for command, _ in walk(agent.commands, ("commands",)) if (name := command.name)}
    for number, test in enumerate(agent.tests):
        path: PathInTree = ("tests", number)
        yield from _file(test, path)
        for url, page in test.pages.items():
            yield from _file(page, (*path, "pages", url))
        if test.at and not test.at.startswith("commands[") and test.at not in known:
            yield Problem(
                (*path, "at"), f'no command named "{test.at}"', did_you_mean(test.at, known)
            )


def _file(page: SavedPage, path: PathInTree) -> Iterator[Problem]:
    if page.file and not is_inside(page.file):
        yield Problem((*path, "file"), "a saved page lies beside the definition, or below")
