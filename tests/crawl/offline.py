"""Runs a definition on pages from memory, without Scrapy: what the interpreter does by itself."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from sequentum_scrapy.compiler import Run, compile_agent
from sequentum_scrapy.compiler.page import Page
from sequentum_scrapy.compiler.program import START
from sequentum_scrapy.crawl.continuation import _continuation
from sequentum_scrapy.crawl.interpreter import Interpreter
from sequentum_scrapy.crawl.outcome import EndRun, Fetch, Record, Together, Visit
from sequentum_scrapy.definition import parse_definition

SITE = "http://site/"


@dataclass
class Ran:
    """What running a definition brought."""

    records: list[Record] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    events: list[tuple[str, ...]] = field(default_factory=list)
    ended: EndRun | None = None
    health: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def values(self) -> list[dict[str, Any]]:
        return [dict(record) for record in self.records]


def run(text: str, pages: str | dict[str, str], **given: Any) -> Ran:
    """Run the commands of ``text`` (those under ``commands:``, or a whole definition).

    ``pages`` is the start page, or pages by path (``""`` is the start page); a page that is not
    there is an HTTP 404 for a lookup, and for a visit the end.
    """
    if "commands:" not in text:
        text = "commands:\n" + "\n".join(f"  {line}" for line in text.strip("\n").split("\n"))
    if "start:" not in text:
        text = f"start: {SITE}\n{text}"
    definition = parse_definition(f"name: test\n{text}", "test.yaml")
    program = compile_agent(definition.agent)
    ran, health = Ran(), program.health()
    interpreter = Interpreter(
        program, Run(**given), health, lambda *event: ran.events.append(event)
    )
    site = {"": pages} if isinstance(pages, str) else pages
    first = (START, _page(SITE, site[""]), {}) if program.starts else ("", None, {})
    waiting = deque([first])
    while waiting and ran.ended is None:
        at, page, visit = waiting.popleft()
        if page is None:
            steps = interpreter.start()
        else:
            page.number, page.cursor = visit.get("number", 1), visit.get("cursor")
            steps = interpreter.resume(at, page, visit)
        for outcome in _drive(steps, site):
            if isinstance(outcome, Record):
                ran.records.append(outcome)
            elif isinstance(outcome, EndRun):
                ran.ended = outcome
                break
            else:
                ran.visits.append(outcome)
                html = site.get(outcome.url.removeprefix(SITE))
                if html is not None:
                    waiting.append((outcome.at, _page(outcome.url, html), _continuation(outcome)))
    ran.health = {address: row for address, *row in health.snapshot()}
    return ran


def _page(url: str, html: str) -> Page:
    kind = "application/json" if html[:1] in "{[" and html else "text/html; charset=utf-8"
    return Page(url, html.encode(), content_type=kind)


def _drive(steps, site):
    answer = None
    while True:
        try:
            outcome = steps.send(answer)
        except StopIteration:
            return
        answer = None
        if isinstance(outcome, Fetch):
            url = outcome.visit.url
            html = site.get(url.removeprefix(SITE))
            answer = "HTTP 404" if html is None else _page(url, html)
        elif isinstance(outcome, Together):
            for branch in outcome.branches:
                yield from _drive(branch, site)
        else:
            yield outcome
