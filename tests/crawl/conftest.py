"""Crawls of Agents on loopback sites, and what the store says of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sequentum_scrapy.crawl.browser.launch import executable_of
from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.definition.browser import Browser
from sequentum_scrapy.store import (
    EventRow,
    HealthRow,
    RunRow,
    Store,
    iter_records,
    list_events,
    list_health,
    list_runs,
)
from tests.needed import not_here
from tests.sites import Site

ROOT = Path(__file__).parents[2]
SCRAPY_CFG = "[settings]\ndefault = sequentum_scrapy.project\n"
PROCESS_SECONDS = 60


@dataclass
class Result:
    """What one crawl brought, as the store and the process say it."""

    run: RunRow | None = None
    records: list[dict[str, Any]] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    invalid: list[tuple[dict[str, Any], list[dict[str, str]]]] = field(default_factory=list)
    events: list[EventRow] = field(default_factory=list)
    health: dict[str, HealthRow] = field(default_factory=dict)
    error: str = ""
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        return self.run.status.name

    @property
    def message(self) -> str:
        return self.run.message

    @property
    def counters(self) -> dict[str, int]:
        return self.run.counters

    @property
    def log(self) -> str:
        return "\n".join(line for _, _, line in self.answer["log"])

    @property
    def logged_errors(self) -> list[str]:
        return [line for level, _, line in self.answer["log"] if level in ("ERROR", "CRITICAL")]

    def event(self, what: str) -> EventRow:
        """Return the one event of that kind."""
        found = [event for event in self.events if event.what == what]
        assert len(found) == 1, [(e.level, e.address, e.what, e.url) for e in self.events]
        return found[0]

    def whats(self, level: str | None = None) -> list[str]:
        return sorted(event.what for event in self.events if level in (None, event.level))

    def values(self, name: str) -> list[Any]:
        return [record[name] for record in self.records]


WORKER = "import sys; from tests.crawl.worker import main; main(sys.argv[1])"


class Worker:
    """A process that crawls; see worker.py. ``first`` is what it does before it imports the crawl."""

    def __init__(
        self, mode: str, errors: Path, first: str = "", python: str = sys.executable
    ) -> None:
        self.mode = mode
        self.errors = errors
        with errors.open("w") as stderr:
            self.process = subprocess.Popen(
                [python, "-c", f"{first}\n{WORKER}", mode],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )

    def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.errors.read_text()[-4000:]
        return json.loads(line)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(PROCESS_SECONDS)
        self.process.stdout.close()


class Workers(dict):
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __missing__(self, mode: str) -> Worker:
        self[mode] = Worker(mode, self.folder / f"{mode}.log")
        return self[mode]


@pytest.fixture(scope="session")
def workers(tmp_path_factory):
    made = Workers(tmp_path_factory.mktemp("workers"))
    yield made
    for worker in made.values():
        worker.close()


class Project:
    """A Scrapy project in a folder: ``scrapy.cfg``, ``agent_defs``, a store."""

    def __init__(self, folder: Path, worker: Worker) -> None:
        self.folder = folder
        self.worker = worker
        self.module = "sequentum_scrapy.project"
        folder.mkdir(exist_ok=True)
        (folder / "agent_defs").mkdir(exist_ok=True)
        (folder / "scrapy.cfg").write_text(SCRAPY_CFG)

    @property
    def store_url(self) -> str:
        return f"sqlite:///{self.folder}/.sequentum/store.db"

    def write(self, text: str, site: Site | str = "", name: str = "agent_defs/test.yaml") -> Path:
        """Write a definition; ``SITE/`` in it is the address of the site."""
        url = site.url if isinstance(site, Site) else site
        text = text.replace("SITE/", url)
        if "name:" not in text.partition("commands:")[0]:
            text = f"name: {Path(name).stem}\n{text}"
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def crawl(
        self,
        text: str | None = None,
        site: Site | str = "",
        *,
        spider: str = "agent",
        arguments: dict[str, Any] | None = None,
        inputs: dict[str, Any] | None = None,
        settings: dict[str, Any] | None = None,
        project: dict[str, Any] | None = None,
        environment: dict[str, str] | None = None,
    ) -> Result:
        """Run an Agent in the worker; settings are those of a command line, ``project`` the project's."""
        given = dict(arguments or {})
        if text is not None:
            given.setdefault("agent", str(self.write(text, site)))
        given |= {f"input.{name}": value for name, value in (inputs or {}).items()}
        job = {
            "folder": str(self.folder),
            "module": self.module,
            "spider": spider,
            "arguments": given,
            "settings": {"LOG_LEVEL": "INFO", **(settings or {})},
            "project": project or {},
            "environment": environment or {},
        }
        answer = self.worker.ask(job)
        error = ": ".join(answer["error"] or ())
        return self.result(error=error, answer=answer)

    def ok(self, *args: Any, **kwargs: Any) -> Result:
        """Run an Agent that comes to its end, with nothing in the log that nobody foresaw."""
        result = self.crawl(*args, **kwargs)
        assert not result.error, result.error
        assert not result.logged_errors, result.log
        for request in result.answer["scheduled"]:
            assert request["json"], request
            assert request["unchanged"], request
        return result

    def scrapy(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the command ``scrapy`` in the project."""
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=PROCESS_SECONDS)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        # Its own modules, and what the tests themselves import.
        paths = os.pathsep.join([str(self.folder), str(ROOT)])
        return subprocess.Popen(
            [sys.executable, "-m", "scrapy", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": paths, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def result(self, number: int = -1, **more: Any) -> Result:
        """Return a Run of the store, the newest if no number (from 0) is given."""
        if not (self.folder / ".sequentum/store.db").exists():
            return Result(**more)
        with Store.open(self.store_url) as store:
            runs = list_runs(store)[::-1]
            if not runs:
                return Result(**more)
            run = runs[number]
            rows = list(iter_records(store, run.run_id, valid=None))
            return Result(
                run=run,
                records=[json.loads(row.data) for row in rows if row.valid],
                types=[row.record_type for row in rows if row.valid],
                invalid=[(json.loads(row.data), row.reasons) for row in rows if not row.valid],
                events=list_events(store, run.run_id),
                health={row.address: row for row in list_health(store, run.run_id)},
                **more,
            )

    def runs(self) -> list[RunRow]:
        with Store.open(self.store_url) as store:
            return list_runs(store)[::-1]


@pytest.fixture(scope="session")
def browser():
    """Skip, or fail where CI is set, without a browser to drive."""
    try:
        import scrapy_playwright  # noqa: F401

        executable_of(Browser())
    except (ImportError, AgentError) as error:
        not_here(f"no browser: {error}")


@pytest.fixture
def live_project(tmp_path, workers, browser):
    """Return a project whose pages may be opened in a browser."""
    return Project(tmp_path / "project", workers["reactor"])


@pytest.fixture
def project(tmp_path, workers):
    """Return a project whose crawls run without a reactor."""
    return Project(tmp_path / "project", workers["reactorless"])


@pytest.fixture(params=["reactor", "reactorless"])
def either_project(request, tmp_path, workers):
    """Return a project whose crawls run in either mode of Scrapy."""
    return Project(tmp_path / "project", workers[request.param])
