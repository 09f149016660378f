"""Running commands on saved pages: no site, no engine, no store."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sequentum_scrapy.compiler import START, Page, Program, Run, compile_agent
from sequentum_scrapy.compiler.files import AgentFiles
from sequentum_scrapy.crawl.interpreter import Interpreter
from sequentum_scrapy.crawl.outcome import EndRun, Fetch, Record, Steps, Together, Visit
from sequentum_scrapy.definition import AgentError, Definition, resolve_inputs
from sequentum_scrapy.definition.agent import SavedPage, Test
from sequentum_scrapy.definition.words import did_you_mean
from sequentum_scrapy.store import Level

MAX_PAGES = 1000
_TYPES = {".json": "application/json", ".xml": "application/xml", ".txt": "text/plain"}


@dataclass(slots=True)
class Findings:
    """What running commands on pages brought about."""

    records: list[Record] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    events: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Level, command address, what, detail."""
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class TestResult:
    """How a test of a definition went; ``differences`` is empty where it holds."""

    __test__ = False

    file: str
    name: str
    differences: tuple[str, ...]


class Offline:
    """Runs one Program on pages that are given."""

    def __init__(
        self,
        program: Program,
        inputs: Mapping[str, Any],
        pages: Mapping[str, Page],
        folder: Path,
    ) -> None:
        self.program = program
        self.health = program.health()
        self.pages = pages
        self.findings = Findings()
        secrets = dict.fromkeys(program.secrets, "secret")
        run = Run(inputs, secrets, files=AgentFiles([folder]))
        self.interpreter = Interpreter(program, run, self.health, self._report)

    def run(self, at: str, page: Page, visit: Mapping[str, Any]) -> Findings:
        """Run the commands of an address on a page, and on the given pages that they lead to."""
        waiting = deque([(at, page, visit)])
        for _ in range(MAX_PAGES):
            if not waiting or self.findings.failure is not None:
                break
            before = len(self.findings.visits)
            self._drive(self.interpreter.resume(*waiting.popleft()))
            new = self.findings.visits[before:]
            for leads in new:
                if leads.url in self.pages:
                    self.findings.visits.remove(leads)
                    waiting.append((leads.at, self._page(leads), _as_visit(leads)))
        return self.findings

    def _page(self, visit: Visit) -> Page:
        saved = self.pages[visit.url]
        page = Page(saved.url, saved.body, status=saved.status, content_type=saved.content_type)
        page.number, page.cursor = visit.number, visit.cursor
        return page

    def _drive(self, steps: Steps) -> None:
        answer: Page | str | None = None
        while True:
            try:
                outcome = steps.send(answer)
            except StopIteration:
                return
            answer = None
            if isinstance(outcome, Record):
                self.findings.records.append(outcome)
            elif isinstance(outcome, Visit):
                self.findings.visits.append(outcome)
            elif isinstance(outcome, Fetch):
                known = outcome.visit.url in self.pages
                answer = self._page(outcome.visit) if known else f"{outcome.visit.url} is not saved"
            elif isinstance(outcome, Together):
                for branch in outcome.branches:
                    self._drive(branch)
            elif isinstance(outcome, EndRun):
                self.findings.failure = outcome.failure or ""
                return

    def _report(
        self,
        level: Level,
        address: str,
        url: str,  # noqa: ARG002 - there is one page
        what: str,
        detail: str = "",
    ) -> None:
        self.findings.events.append((level, address, what, detail))


def run_tests(definition: Definition) -> list[TestResult]:
    """Run the tests of a definition."""
    program = compile_agent(definition.agent)
    return [
        TestResult(definition.file, test.name, tuple(_differences(program, definition, test)))
        for test in definition.agent.tests
    ]


def page_address(program: Program, at: str | None) -> str:
    """Return the address whose commands run on a page, from an address or a command's name.

    Raises AgentError where no command opens pages there.
    """
    if at is None:
        return START
    known = {**{address: address for address in program.record_types}, **program.names}
    # An address may be written with or without its command key.
    known |= {
        address.rpartition(".")[0]: address for address in program.record_types if "." in address
    }
    found = known.get(at, "")
    if found not in program.record_types:
        raise AgentError(f'no pages are opened at "{at}" ({did_you_mean(at, known)})')
    return found


def _differences(program: Program, definition: Definition, test: Test) -> list[str]:
    folder = Path(definition.file).parent
    try:
        inputs = resolve_inputs(definition.agent, {**_samples(definition), **test.inputs})
        pages = {url: saved_page(page, url, folder) for url, page in test.pages.items()}
        offline = Offline(program, inputs, pages, folder)
        visit = {"record": test.record, "row": test.row}
        at = page_address(program, test.at)
        findings = offline.run(at, saved_page(test, test.url, folder), visit)
    except AgentError as error:
        return [str(error)]
    return compare(test.records, findings)


def _samples(definition: Definition) -> dict[str, Any]:
    """Return stand-ins for inputs that a test does not name."""
    return {
        name: schema.get("default", (schema.get("examples") or [None])[0])
        for name, schema in definition.agent.inputs.items()
        if "default" in schema or schema.get("examples")
    }


def saved_page(saved: SavedPage, url: str, folder: Path) -> Page:
    """Return a saved page. Raises AgentError where its file cannot be read."""
    if saved.file is None:
        body, suffix = (saved.html or "").encode(), ".html"
        kind = "text/html; charset=utf-8"
    else:
        path = folder / saved.file
        if not path.resolve().is_relative_to(folder.resolve()):
            raise AgentError(f"{path} is not beside the definition")
        try:
            body, suffix = path.read_bytes(), path.suffix
        except OSError as error:
            raise AgentError(f"{path} cannot be read: {(error.strerror or '').lower()}") from None
        kind = _TYPES.get(suffix, "text/html")
    return Page(url, body, status=saved.status, content_type=saved.content_type or kind)


def compare(expected: list[dict[str, Any]], findings: Findings) -> list[str]:
    """Return how the records that came differ from those expected, a line for each difference."""
    found = findings.records
    lines = []
    if len(found) != len(expected):
        lines.append(f"{len(found)} records, expected {len(expected)}")
    for number, (wanted, record) in enumerate(zip(expected, found, strict=False), 1):
        for name in [*wanted, *(name for name in record if name not in wanted)]:
            if name not in record:
                lines.append(f"record {number}: {name} is missing, expected {wanted[name]!r}")
            elif name not in wanted:
                lines.append(f"record {number}: {name} is {record[name]!r}, not expected")
            elif record[name] != wanted[name]:
                lines.append(
                    f"record {number}: {name} is {record[name]!r}, expected {wanted[name]!r}"
                )
    if lines:
        lines += [
            f"{flaw['command']}: {flaw['message']}" for record in found for flaw in record.flaws
        ]
        lines += [
            f"{address}: {what} {detail}".rstrip() for _, address, what, detail in findings.events
        ]
    return list(dict.fromkeys(lines))


def _as_visit(visit: Visit) -> dict[str, Any]:
    return {"record": visit.record, "row": visit.row, "flaws": visit.flaws, "first": visit.first}
