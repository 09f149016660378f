"""Running commands on saved pages: no site, no engine, no store."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scrapy.http import Response

from sequentum_scrapy.compiler import START, Page, Program, Run, compile_agent
from sequentum_scrapy.compiler.downloads import described
from sequentum_scrapy.compiler.files import AgentFiles
from sequentum_scrapy.crawl.downloads import inspected, path_of
from sequentum_scrapy.crawl.interpreter import Interpreter
from sequentum_scrapy.crawl.outcome import (
    EndRun,
    Fetch,
    File,
    Files,
    Outcome,
    Record,
    Settled,
    Steps,
    Together,
    Visit,
    Wait,
    settle,
)
from sequentum_scrapy.crawl.scripts import load_scripts
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
        scripts: Sequence[str] = (),
    ) -> None:
        self.program = program
        self.health = program.health()
        self.pages = pages
        self.findings = Findings()
        secrets = dict.fromkeys(program.secrets, "secret")
        functions = load_scripts(program.scripts, scripts)
        run = Run(inputs, secrets, files=AgentFiles([folder]), scripts=functions)
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

    def _file(self, file: File) -> dict[str, Any] | str:
        """Return what a run would tell of a file, without saving it."""
        saved = self.pages.get(file.visit.url)
        if saved is None:
            return f"{file.visit.url} is not saved"
        headers = {"Content-Type": saved.content_type}
        response = Response(saved.url, saved.status, headers, saved.body)
        told = inspected(response, file)
        if isinstance(told, str):
            return told
        name, kind = told
        path = path_of(file, name, kind, name)
        if isinstance(path, tuple):
            return path[0]
        return described(saved.url, saved.body, name=name, kind=kind, path=path)

    def _drive(self, steps: Steps) -> None:
        answer: Any = None
        while self.findings.failure is None:
            try:
                outcome = steps.send(answer)
            except StopIteration:
                return
            answer = self._take(outcome)

    def _take(self, outcome: Outcome) -> Any:
        """Note what came about, or return what is waited for."""
        if isinstance(outcome, Record):
            self.findings.records.append(outcome)
        elif isinstance(outcome, Visit):
            self.findings.visits.append(outcome)
        elif isinstance(outcome, Fetch):
            known = outcome.visit.url in self.pages
            return self._page(outcome.visit) if known else f"{outcome.visit.url} is not saved"
        elif isinstance(outcome, Files):
            return [self._file(file) for file in outcome.files]
        elif isinstance(outcome, Wait):
            return asyncio.run(_settled(outcome))
        elif isinstance(outcome, Together):
            for branch in outcome.branches:
                self._drive(branch)
        elif isinstance(outcome, EndRun):
            self.findings.failure = outcome.failure or ""
        return None

    def _report(
        self,
        level: Level,
        address: str,
        url: str,  # noqa: ARG002 - there is one page
        what: str,
        detail: str = "",
    ) -> None:
        self.findings.events.append((level, address, what, detail))


async def _settled(wait: Wait) -> Settled:
    return await settle(wait.awaitable)


def run_tests(definition: Definition, scripts: Sequence[str] = ()) -> list[TestResult]:
    """Run the tests of a definition; ``scripts`` are modules whose functions it may call."""
    program = compile_agent(definition.agent)
    return [
        TestResult(
            definition.file, test.name, tuple(_differences(program, definition, test, scripts))
        )
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


def _differences(
    program: Program, definition: Definition, test: Test, scripts: Sequence[str]
) -> list[str]:
    folder = Path(definition.file).parent
    try:
        inputs = resolve_inputs(definition.agent, {**_samples(definition), **test.inputs})
        pages = {url: saved_page(page, url, folder) for url, page in test.pages.items()}
        offline = Offline(program, inputs, pages, folder, scripts)
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
    made = {"record": visit.record, "row": visit.row, "flaws": visit.flaws, "first": visit.first}
    return made if visit.inputs is None else {**made, "inputs": visit.inputs}
