"""Pages that were damaged: commands do what they can, and what they cannot is told."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sequentum_scrapy.compiler import Page, compile_agent
from sequentum_scrapy.control.offline import Offline, page_address, saved_page
from sequentum_scrapy.definition import read_definition

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
NAMES = sorted(
    path.stem
    for path in EXAMPLES.glob("*.yaml")
    if path.stem.split("-")[0] not in ("script", "upload")
)
PIECES = [
    b"<", b">", b"</div>", b"<table>", b"<script>", b"<!--", b"{", b"}", b"[", b'"', b"\x00", b"\xff",
    b"\xc3", b"&#x110000;", b"\xef\xbb\xbf", b"<form>", b"null", b"1e999", b"\\ud800", b"]]>",
    b"<base href='http://[x'>", b"<a href='http://[x'>",
]  # fmt: skip
TYPES = [
    "", "text/html", "application/json", "text/xml", "text/csv", "text/plain", "image/png",
    "text/html; charset=klingon",
]  # fmt: skip


@cache
def example(name):
    definition = read_definition(EXAMPLES / f"{name}.yaml")
    program = compile_agent(definition.agent)
    test = definition.agent.tests[0]
    pages = {url: saved_page(page, url, EXAMPLES) for url, page in test.pages.items()}
    return program, test, pages, saved_page(test, test.url, EXAMPLES)


@st.composite
def damaged(draw, page):
    body = bytearray(page.body)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        how = draw(st.sampled_from(["cut", "insert", "drop", "nest"]))
        if how == "cut":
            del body[start:]
        elif how == "insert":
            body[start:start] = draw(st.sampled_from(PIECES))
        elif how == "drop":
            del body[start : start + draw(st.integers(1, 20))]
        else:
            body[start:start] = draw(st.sampled_from([b"<div>", b"[", b"<b>"])) * 3000
    kind = draw(st.sampled_from([page.content_type] * 6 + TYPES))
    return Page(
        page.url, bytes(body), status=draw(st.sampled_from([200, 200, 404])), content_type=kind
    )


def printable(value):
    """Tell whether a value is one that JSON has."""
    if isinstance(value, dict):
        return all(isinstance(name, str) and printable(item) for name, item in value.items())
    if isinstance(value, list):
        return all(map(printable, value))
    return value is None or isinstance(value, (bool, int, float, str))


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.data())
def test_a_damaged_page_gives_records_flaws_and_events_and_no_exception(data):
    program, test, pages, page = example(data.draw(st.sampled_from(NAMES)))
    inputs = {name: schema.get("default") for name, schema in program.agent.inputs.items()}
    offline = Offline(program, {**inputs, **test.inputs}, pages, EXAMPLES)
    visit = {"record": test.record, "row": test.row}
    found = offline.run(page_address(program, test.at), data.draw(damaged(page)), visit)
    for record in found.records:
        assert printable(dict(record))
        assert all(flaw["message"] and flaw["command"] for flaw in record.flaws)
