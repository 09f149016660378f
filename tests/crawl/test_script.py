"""Functions of the project: only those that it allows, and nothing of theirs ends a crawl."""

from __future__ import annotations

import pytest

from sequentum_scrapy.crawl.scripts import load_scripts
from sequentum_scrapy.definition import AgentError
from tests.sites import Response, Site
from tests.sites.faults import page

MODULE = """
import os
from os import system
import asyncio

def length(scope, extra=0):
    return {"length": len(scope.selector.css("h1::text").get()) + extra, "url": scope.page.url}

async def later(scope, n):
    await asyncio.sleep(0.05)
    return {"n": n, "row": scope.row.get("q"), "q": scope.inputs["q"]}

def count(scope):
    scope.store["count"] = scope.store.get("count", 0) + 1
    scope.record["changed"] = True
    return {"count": scope.store["count"]}

def items(scope):
    return scope.selector.css("li")

def rows(scope):
    return [{"q": "a"}, {"q": "b"}]

def broken(scope):
    return 1 / 0

def nothing(scope):
    return None

def text(scope):
    return "text"

def other(scope):
    return {"other": 1}

def values(scope):
    return scope.value["items"]

def odd(scope):
    return {"set": {2, 1}, "when": __import__("datetime").date(2026, 1, 2), 5: (1, 2)}

def thing(scope):
    return {"x": object()}

def late(scope):
    yield {"q": "a"}
    raise ValueError("late")

_private = length
"""


@pytest.fixture
def shop(project):
    """Return a project whose shop/scripts.py is allowed."""
    return with_scripts(project)


def with_scripts(project):
    # A name of its own for each: a worker imports a module once.
    name = f"shop{abs(hash(project.folder)) % 10**9}"
    package = project.folder / name
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "scripts.py").write_text(MODULE)
    project.scripts = name
    return project


def crawl(project, commands, site, allowed=None, **kwargs):
    text = f"start: SITE/\ninputs: {{q: {{default: tea}}}}\ncommands:\n{commands}\nsettings: {{retries: 0}}\n"
    allowed = [f"{project.scripts}.scripts"] if allowed is None else allowed
    return project.crawl(
        text.replace("shop.", f"{project.scripts}."),
        site,
        project={"SEQUENTUM_SCRIPTS": allowed},
        **kwargs,
    )


HTML = "<h1>Title</h1><ul><li>1<li>2</ul>"


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        (
            "  - {script: shop.scripts.length, with: {extra: 2}, captures: [length, url]}",
            [{"length": 7, "url": "SITE/"}],
        ),
        (
            '  - {script: shop.scripts.later, with: {n: "{{ page.status }}"}, captures: [n, row, q]}',
            [{"n": 200, "row": None, "q": "tea"}],
        ),
        (
            "  - script: shop.scripts.items\n    do: [{capture: {n: {xpath: .}}}]",
            [{"n": "1"}, {"n": "2"}],
        ),
        (
            '  - script: shop.scripts.rows\n    do: [{capture: {q: {value: "{{ row.q }}"}, r: {jmespath: q}}}]',
            [{"q": "a", "r": "a"}, {"q": "b", "r": "b"}],
        ),
        (
            "  - list: li\n    do: [{capture: {n: {xpath: .}}}, {script: shop.scripts.count, captures: [count]}]",
            [{"n": "1", "count": 1}, {"n": "2", "count": 2}],
        ),
        ("  - capture: {t: h1}\n  - script: shop.scripts.nothing", [{"t": "Title"}]),
    ],
)
def test_what_a_function_returns(either_project, commands, expected):
    project = with_scripts(either_project)
    with Site({"/": HTML}) as site:
        result = crawl(project, commands, site)
    wanted = [
        {k: site.url if v == "SITE/" else v for k, v in record.items()} for record in expected
    ]
    assert not result.error
    assert result.records == wanted
    assert result.events == []


def test_json_items(shop):
    with Site(
        {"/": Response('{"items": [{"a": 1}, {"a": 2}]}', content_type="application/json")}
    ) as site:
        result = crawl(
            shop, "  - script: shop.scripts.values\n    do: [{capture: {a: {jmespath: a}}}]", site
        )
    assert result.values("a") == [1, 2]


@pytest.mark.parametrize(
    ("command", "what", "detail"),
    [
        (
            "{script: shop.scripts.broken, captures: [x]}",
            "exception ZeroDivisionError",
            "ZeroDivisionError: division by zero (broken, line",
        ),
        (
            "{script: shop.scripts.text, captures: [x]}",
            "returned a str, not a mapping of values",
            "",
        ),
        (
            "{script: shop.scripts.other, captures: [x]}",
            'returned "other", which is not among its captures',
            "",
        ),
        (
            "{script: shop.scripts.text, do: [{capture: {x: h1}}]}",
            "returned a str, not a list of scopes",
            "",
        ),
    ],
)
def test_what_goes_wrong_in_a_function_is_an_event_of_its_command(shop, command, what, detail):
    with Site({"/": HTML}) as site:
        result = crawl(shop, f"  - capture: {{t: h1}}\n  - {command}", site)
    event = result.event(what)
    assert (event.level, event.address) == ("error", "commands[1].script")
    assert event.detail.startswith(detail)
    # Without the values that it should have, a record is not valid.
    if "captures" in command:
        assert result.records == []
        ((values, reasons),) = result.invalid
        assert values == {"t": "Title"}
        assert reasons[0]["path"] == "$.x"
        assert reasons[0]["message"] == what
    else:
        assert result.values("t") == ["Title"]


def test_values_become_json_so_that_pages_can_carry_them_on(shop):
    with Site({"/": '<a href="/1">x</a>', "/1": page("One")}) as site:
        call = 'script: shop.scripts.odd, captures: [set, when, "5"]'
        result = crawl(shop, f"  - {{{call}}}\n  - open: a\n    do: [{{capture: {{t: h1}}}}]", site)
    assert result.records == [{"set": [1, 2], "when": "2026-01-02", "5": [1, 2], "t": "One"}]
    assert all(request["json"] for request in result.answer["scheduled"])


@pytest.mark.parametrize(
    ("call", "what"),
    [
        ("script: shop.scripts.later, captures: [n]", "missing a required argument: 'n'"),
        (
            "script: shop.scripts.length, with: {more: 1}, captures: [n]",
            "got an unexpected keyword argument 'more'",
        ),
    ],
)
def test_arguments_that_a_function_does_not_take_are_said_before_the_first_request(
    shop, call, what
):
    with Site({"/": page("x")}) as site:
        result = crawl(shop, f"  - {{{call}}}", site)
        assert site.log == []
    assert what in result.error


def test_a_value_that_is_missing_makes_the_record_invalid(shop):
    with Site({"/": HTML}) as site:
        result = crawl(
            shop, "  - {script: shop.scripts.length, captures: [length, url, more]}", site
        )
    assert result.records == []
    assert result.invalid[0][1][0]["path"] == "$.more"


def test_async_functions_of_rows_wait_together(shop):
    rows = "".join(f"<li>{n}" for n in range(40))
    call = "script: shop.scripts.later, with: {n: 1}, captures: [n, row, q]"
    with Site({"/": f"<ul>{rows}</ul>"}) as site:
        result = crawl(shop, f"  - list: li\n    do: [{{{call}}}]", site)
    assert len(result.records) == 40
    assert result.answer["stats"]["elapsed_time_seconds"] < 1.5


@pytest.mark.parametrize(
    ("path", "allowed", "what"),
    [
        ("shop.scripts.length", [], "does not allow {shop}.scripts (it allows none)"),
        ("shop.scripts.length", ["other"], "does not allow {shop}.scripts (allowed: other)"),
        ("os.system", ["{shop}.scripts"], "does not allow os"),
        ("shop.scriptsx.length", ["{shop}.scripts"], "does not allow {shop}.scriptsx"),
        ("shop.scripts.system", ["{shop}.scripts"], "{shop}.scripts has no function system"),
        ("shop.scripts.os", ["{shop}.scripts"], "{shop}.scripts has no function os"),
        ("shop.scripts.lenght", ["{shop}"], 'has no function lenght (did you mean "length"?)'),
        ("shop.missing.f", ["{shop}"], "{shop}.missing cannot be imported: ModuleNotFoundError"),
    ],
)
def test_a_function_that_may_not_be_called_is_said_before_the_first_request(
    shop, path, allowed, what
):
    name = shop.scripts
    with Site({"/": page("x")}) as site:
        result = crawl(
            shop,
            f"  - {{script: {path}, captures: [a]}}",
            site,
            [a.replace("{shop}", name) for a in allowed],
        )
        assert site.log == []
    assert what.replace("{shop}", name) in result.error


def test_the_module_of_a_function_counts_not_where_it_was_imported():
    with pytest.raises(AgentError, match="has no function"):
        load_scripts(["tests.crawl.test_script.load_scripts"], ["tests.crawl"])
