"""Writes the language reference: the hand-written page language.in.md, its tables made from the models.

python docs/reference.py > docs/language.md

``<!-- table: NAME -->`` in the page becomes the table of a model, ``<!-- docstring: NAME -->`` its
docstring, ``<!-- commands -->`` a section for each command, with its examples of docs/examples.
"""

# ruff: noqa: INP001 - documents, not a package
from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le
from pydantic import JsonValue
from pydantic.fields import FieldInfo

from sequentum_scrapy.definition import (
    agent,
    base,
    browser,
    conditions,
    durations,
    fields,
    links,
    output,
    row_files,
    selectors,
    signs,
    sizes,
    start,
    templates,
    unblock,
)
from sequentum_scrapy.definition import settings as runtime
from sequentum_scrapy.definition.commands import base as command
from sequentum_scrapy.definition.commands import (
    containers,
    files,
    forms,
    live,
    navigation,
    page,
    records,
    reuse,
    scripts,
    session,
)
from sequentum_scrapy.definition.docstrings import docstrings

DOCS = Path(__file__).parent
SOURCE = DOCS / "language.in.md"
EXAMPLES = DOCS / "examples"
_PLACE = re.compile(r"<!-- (\w+)(?:: (\w+))? -->")
_FAMILIES = (navigation, containers, records, files, page, forms, live, session, scripts, reuse)
_MODULES = (
    agent,
    command,
    *_FAMILIES,
    browser,
    conditions,
    fields,
    links,
    output,
    row_files,
    selectors,
    signs,
    start,
    unblock,
    runtime,
)
_HIDDEN = frozenset(command.CommandBase.model_fields)
"""What every command may carry has a table of its own."""

_PARTS = {
    "open": (navigation.Url, links.LinkRules, links.Links),
    "paginate": (navigation.NextUrl, navigation.Cursor, navigation.ByClick, navigation.ByScroll),
    "branch": (containers.Elif,),
    "transform": (page.Change,),
    "for_each": (containers.InputRows, row_files.RowFile),
    "submit": (forms.Postback,),
    "click": (live.Answer,),
    "scroll": (live.ScrollBy,),
    "wait": (live.Waiting,),
    "download": (files.ClickedFile,),
    "script": (scripts.JavaScript,),
    "retry": (signs.Trouble, signs.Few),
}
"""The models that have no section but that of a command."""

WORDS: list[tuple[Any, str]] = [
    (start.Start, "address, list of addresses, or one of the [forms of start](#start)"),
    (start.StartUrl, "[template](#templates), with secrets"),
    (agent.AgentName, "name"),
    (agent.InputSchema, "JSON Schema"),
    (command.Commands, "list of commands"),
    (command.Name, "name"),
    (files.FileTarget, "address, `{url: …}`, `{links: …}`, `{click: …}` or [selector](#selectors)"),
    (files.MimePattern, "MIME type"),
    (forms.Button, "[selector](#selectors), `{event_target: …}` or nothing"),
    (forms.Checks, "true, false, text or list of texts"),
    (forms.Choices, "text or list of texts"),
    (forms.FormKey, "field"),
    (forms.FormText, "[template](#templates), with secrets"),
    (live.Dialog, "`accept`, `dismiss` or `{answer: …}`"),
    (live.Element, "[selector](#selectors) of an element"),
    (live.Keys, "key, or list of keys"),
    (live.Point, "list of two whole numbers"),
    (live.ScrollTo, "`bottom`, `top`, `{by: …}` or [selector](#selectors)"),
    (live.WaitFor, "[selector](#selectors), or [what to wait for](#waiting)"),
    (navigation.Pages, "selector, `{url: …}`, `{cursor: …}`, `{click: …}` or `{scroll: …}`"),
    (navigation.RequestUrl, "[template](#templates), with secrets"),
    (containers.Rows, "list of mappings, `{input: NAME}` or `{file: …}`"),
    (page.Changes, "[change](#change), or list of them"),
    (page.Elements, "[selector](#selectors) of elements"),
    (fields.DataPath, "type, or type and JMESPath"),
    (fields.UrlPattern, "pattern of addresses"),
    (selectors.Rewrites, "mapping of regular expression to text"),
    (reuse.Reference, "name"),
    (row_files.FilePath, "path; a [template](#templates)"),
    (navigation.Target, "address, `{url: …}`, `{links: …}` or [selector](#selectors)"),
    (conditions.Condition, "[condition](#conditions)"),
    (durations.Duration, "seconds, or a text as `2s`"),
    (fields.Fields, "mapping of name to [field](#fields)"),
    (output.JsonSchema, "JSON Schema"),
    (output.Share, "count, or percentage"),
    (selectors.CssText, "CSS"),
    (selectors.JmespathText, "JMESPath"),
    (selectors.RegexText, "regular expression"),
    (selectors.Selector, "[selector](#selectors)"),
    (selectors.XPathText, "XPath"),
    (runtime.UserAgents, "text, list of texts"),
    (scripts.Function, "dotted path, or `{javascript: …}`"),
    (sizes.Size, "bytes, or a text as `20MB`"),
    (templates.FileTemplate, "[template](#templates)"),
    (templates.RequestTemplate, "[template](#templates), with secrets"),
    (templates.Template, "[template](#templates)"),
    (JsonValue, "any value"),
    (Any, "any value"),
    (bool, "true or false"),
    (float, "number"),
    (int, "whole number"),
    (str, "text"),
]
"""The types of the language in words."""


def language() -> str:
    """Return the language reference."""
    return _PLACE.sub(lambda found: _MAKERS[found[1]](found[2]), SOURCE.read_text("utf-8"))


def model(name: str) -> type[base.Model]:
    """Return a model of the language by its class name."""
    return next(getattr(module, name) for module in _MODULES if hasattr(module, name))


def table(kind: type[base.Model], without: frozenset[str] = frozenset()) -> str:
    """Return the properties of a model as a table, the command key first."""
    hints = get_type_hints(kind, include_extras=True)
    infos = {name: info for name, info in kind.model_fields.items() if name not in without}
    own = getattr(kind, "key", None)
    names = sorted(infos, key=lambda name: (name != own, name == "do"))
    meanings = {name: info.description or "" for name, info in infos.items()} | docstrings(kind)
    rows = [_row(name, infos[name], hints[name], meanings[name]) for name in names]
    return "\n".join(["| property | type | default | meaning |", "|---|---|---|---|", *rows])


def _row(name: str, info: FieldInfo, hint: Any, text: str) -> str:
    meaning = " ".join(text.split()).replace("``", "`").replace("|", "\\|")
    kind = words(hint, required=info.is_required()) + _bounds(info)
    return f"| `{info.alias or name}` | {kind} | {_default(info)} | {meaning} |"


def words(hint: Any, *, required: bool = False) -> str:
    """Return a type in words."""
    for known, text in WORDS:
        if hint is known or hint == known:
            return text
    if isinstance(hint, type) and issubclass(hint, base.Model):
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    arguments = get_args(hint)
    return _COMPOSED[get_origin(hint)](arguments) + (
        " or nothing" if required and NoneType in arguments else ""
    )


_COMPOSED: dict[Any, Callable[[tuple[Any, ...]], str]] = {
    Annotated: lambda parts: words(durations.Duration if _is_duration(parts) else parts[0]),
    Literal: lambda parts: ", ".join(f"`{_plain(choice)}`" for choice in parts),
    Union: lambda parts: " or ".join(words(part) for part in parts if part is not NoneType),
    dict: lambda parts: f"mapping of {words(parts[0])} to {words(parts[1])}",
    list: lambda parts: f"list of {words(parts[0])}",
}
_COMPOSED[UnionType] = _COMPOSED[Union]


def _is_duration(parts: tuple[Any, ...]) -> bool:
    """Tell whether a type is that of durations, with bounds of its own."""
    known = get_args(durations.Duration)
    return parts[: len(known)] == known


def _plain(value: Any) -> str:
    """Return a value as YAML has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _bounds(info: FieldInfo) -> str:
    bounds = {Ge: "from {ge}", Gt: "over {gt}", Le: "to {le}"}
    found = [
        text.format(**{kind.__name__.lower(): getattr(mark, kind.__name__.lower())})
        for kind, text in bounds.items()
        for mark in info.metadata
        if isinstance(mark, kind) and not (kind is Ge and Gt(mark.ge) in info.metadata)
    ]
    return f" {' '.join(found)}" if found else ""


def _default(info: FieldInfo) -> str:
    value = info.default
    if info.is_required():
        return "required"
    if value is None or value in ([], {}) or isinstance(value, base.Model):
        return ""
    return f"`{_plain(value)}`"


def _commands() -> Iterator[type[command.CommandBase]]:
    """Yield the commands by family, in the order in which a family defines them."""
    for family in _FAMILIES:
        for kind in command.CLASSES.values():
            if kind.__module__ == family.__name__:
                yield kind


def _command(kind: type[command.CommandBase]) -> Iterator[str]:
    yield f"### {kind.key}"
    yield _docstring(kind)
    yield table(kind, _HIDDEN)
    for part in _PARTS.get(kind.key, ()):
        yield f"#### {part.__name__}"
        yield _docstring(part)
        yield table(part)
    for path in sorted(EXAMPLES.glob(f"{kind.key}*.yaml")):
        if path.stem.split("-")[0] == kind.key:
            yield example(path.stem)


def _docstring(kind: type) -> str:
    return " ".join((kind.__doc__ or "").replace("``", "`").split())


def example(name: str) -> str:
    """Return an example as it stands in docs/examples."""
    text = (EXAMPLES / f"{name}.yaml").read_text("utf-8").rstrip()
    return f"```yaml\n{text}\n```"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


_MAKERS = {
    "commands": lambda _: "\n\n".join(part for kind in _commands() for part in _command(kind)),
    "docstring": lambda name: _docstring(model(name)),
    "filters": lambda _: _listed(templates.ENVIRONMENT.filters),
    "scrapy": lambda _: _listed(runtime.ALLOWED_SCRAPY_SETTINGS),
    "table": lambda name: table(model(name)),
}


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(language())
