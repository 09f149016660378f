"""Trying an Agent out on one page: what each selector matches there, and the record it gives."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

from sequentum_scrapy.compiler import START, Page, Program, compile_agent
from sequentum_scrapy.compiler.health import Health
from sequentum_scrapy.compiler.steps import Open
from sequentum_scrapy.crawl.agent_settings import scrapy_settings
from sequentum_scrapy.crawl.failures import what_failed
from sequentum_scrapy.crawl.scripts import allowed_modules
from sequentum_scrapy.definition import AgentError, Definition
from sequentum_scrapy.definition.edit import append_item
from sequentum_scrapy.definition.reading import parse_document

from .live_trying import Looks, look_at
from .offline import Findings, Offline, page_address
from .project import Project

_PART = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Line:
    """What one command or field did: how it is written, how much it matched, its value."""

    address: str
    written: Any
    matched: int
    missed: int
    failed: int
    value: Any


@dataclass(frozen=True, slots=True)
class Trial:
    """What an Agent made of one page."""

    at: str
    page: Page
    lines: tuple[Line, ...]
    findings: Findings
    invalid: tuple[tuple[int, str], ...]
    """Records that are not valid, by number from 0, and why."""
    files: tuple[Path, ...] = ()
    """What was kept of a browser: a picture, a trace."""


def fetch(project: Project, definition: Definition, url: str) -> Page:
    """Get one page with Scrapy, as a run of the Agent would. Raises AgentError for none."""
    settings = project.settings.copy()
    settings.set("TWISTED_REACTOR_ENABLED", value=False, priority="command")
    settings.set("LOG_ENABLED", value=False, priority="command")
    for name, value in scrapy_settings(definition.agent):
        if name != "DOWNLOAD_HANDLERS":
            # Those of an Agent that imitates a browser need the reactor; one page does not.
            settings.set(name, value, priority="spider")
    came: list[Page | str] = []
    process = AsyncCrawlerProcess(settings)
    process.crawl(_OnePage, url=url, came=came)
    process.start()
    if not came or isinstance(came[0], str):
        raise AgentError(f"{url}: {came[0] if came else 'no answer'}")
    return came[0]


class _OnePage(Spider):
    """Gets one page, and puts it, or what failed, into ``came``."""

    name = "one-page"

    def __init__(self, url: str, came: list[Page | str], **_: Any) -> None:
        super().__init__()
        self.url = url
        self.came = came

    async def start(self) -> AsyncIterator[Any]:
        yield Request(self.url, errback=self.failed, meta={"handle_httpstatus_all": True})

    def parse(self, response: Response, **_: Any) -> None:
        kind = (response.headers.get(b"Content-Type") or b"").decode("latin-1")
        page = Page(response.url, response.body, status=response.status, content_type=kind)
        self.came.append(page)

    def failed(self, failure: Any) -> None:
        self.came.append(": ".join(part for part in what_failed(failure.value) if part))


def try_live(
    project: Project,
    definition: Definition,
    url: str,
    *,
    at: str | None = None,
    inputs: Mapping[str, Any],
    looks: Looks,
) -> Trial:
    """Run the commands of an address on a page in a browser; absent: those that fit the page as it came best.

    Raises AgentError where no page comes.
    """
    scripts = allowed_modules(project.settings)

    def place(_program: Program, page: Page) -> str:
        return try_page(definition, page, at=at, inputs=inputs, scripts=scripts).at

    seen = look_at(project, definition, url, inputs=inputs, place=place, looks=looks)
    assert seen.page is not None
    if seen.health is None:
        # Nothing there acts on the page.
        trial = try_page(definition, seen.page, at=seen.at, inputs=inputs, scripts=scripts)
        return replace(trial, files=tuple(seen.files))
    program = compile_agent(definition.agent)
    trial = _told(definition, program, seen.at, seen.page, seen.findings, seen.health)
    return replace(trial, files=tuple(seen.files))


def try_page(
    definition: Definition,
    page: Page,
    *,
    at: str | None = None,
    inputs: Mapping[str, Any],
    scripts: Sequence[str] = (),
) -> Trial:
    """Run the commands of an address on a page; absent: those whose selectors match it best.

    ``scripts`` are modules whose functions the Agent may call.
    """
    program = compile_agent(definition.agent)
    if at is not None:
        return _trial(definition, program, page_address(program, at), page, inputs, scripts)
    places = [START] if definition.agent.start else []
    places += [address for address, step in program.steps.items() if isinstance(step, Open)]
    trials = [_trial(definition, program, place, page, inputs, scripts) for place in places]
    return max(trials, key=_fit)


def _fit(trial: Trial) -> float:
    fields = [line for line in trial.lines if line.matched or line.missed or line.failed]
    hits = sum(1 for line in fields if line.matched)
    return hits - 0.5 * (len(fields) - hits)


def _trial(  # noqa: PLR0917 - all of it is needed, and there is one place to call it
    definition: Definition,
    program: Program,
    at: str,
    page: Page,
    inputs: Mapping[str, Any],
    scripts: Sequence[str],
) -> Trial:
    fresh = Page(page.url, page.body, status=page.status, content_type=page.content_type)
    offline = Offline(program, inputs, {}, Path(definition.file).parent, scripts)
    findings = offline.run(at, fresh, {})
    return _told(definition, program, at, page, findings, offline.health)


def _told(  # noqa: PLR0917 - all of it is needed
    definition: Definition,
    program: Program,
    at: str,
    page: Page,
    findings: Findings,
    health: Health,
) -> Trial:
    """Tell what each command and field did."""
    tree = parse_document(definition.text, definition.file).tree
    records: list[Mapping[str, Any]] = [
        *findings.records,
        *(visit.record for visit in findings.visits),
    ]
    lines = []
    for address, ran, matched, missed, _, failed, _ in health.snapshot():
        if ran and address != START:
            field = address.rpartition(".capture.")[2] if ".capture." in address else None
            value = (
                next((record[field] for record in records if field in record), None)
                if field
                else None
            )
            lines.append(Line(address, _written(tree, address), matched, missed, failed, value))
    return Trial(at, page, tuple(lines), findings, tuple(_invalid(program, findings)))


def _invalid(program: Program, findings: Findings) -> list[tuple[int, str]]:
    found = []
    for number, record in enumerate(findings.records):
        validator = program.validators.get(record.type)
        reasons = [*record.flaws, *(validator.reasons(record) if validator else ())]
        found += [(number, f"{reason['path']}: {reason['message']}") for reason in reasons]
    return found


def _written(tree: Any, address: str) -> Any:
    """Return what stands in a definition at an address."""
    for number, name in _PART.findall(address):
        try:
            tree = tree[int(number)] if number else tree[name]
        except (LookupError, TypeError):
            return None
    return tree


def save_test(path: Path, definition: Definition, trial: Trial, name: str) -> Path:
    """Save a trial as a test: the page beside the definition, the records in its ``tests:``.

    Raises AgentError for a name that is taken, or is none.
    """
    if not _NAME.fullmatch(name):
        raise AgentError(f'"{name}" is no name for a test: letters, digits, - and _')
    if any(test.name == name for test in definition.agent.tests):
        raise AgentError(f'there is a test "{name}" already')
    folder = path.parent / "tests"
    saved = folder / f"{definition.agent.name}-{name}.html"
    test: dict[str, Any] = {"name": name, "url": trial.page.url, "file": f"tests/{saved.name}"}
    if trial.page.content_type:
        test["content_type"] = trial.page.content_type
    if trial.at != START:
        test["at"] = trial.at
    test["records"] = [dict(record) for record in trial.findings.records]
    text = append_item(path.read_text("utf-8"), ("tests",), test, file=str(path))
    folder.mkdir(exist_ok=True)
    saved.write_bytes(trial.page.body)
    path.write_text(text, "utf-8")
    return saved
