"""Hundreds of pages in a browser, with everything going wrong: nothing leaks, nothing hangs, nothing is lost."""

import os
import random
import re
import signal
import threading
import time
from pathlib import Path

import pytest

from tests.crawl.conftest import Project, Worker
from tests.sites import Site
from tests.sites.server import Response

PAGES = 500
HANGING = 3600
KILLS = {
    60: b"--type=renderer",
    150: b"--headless",
    270: b"--type=renderer",
    400: b"--type=renderer",
}
FAULTS = ("dialog", "moves", "file", "slow", "loop", "never", "restless", "popup")
KINDS = (*["ok"] * 14, *FAULTS)
COMES = {"ok", "dialog", "moves", "slow", "popup", "restless"}


def kind_of(n):
    return random.Random(n).choice(KINDS)  # the same in every run


def body(n, script=""):
    rows = "".join(f"<tr><td>{n}-{row}</td></tr>" for row in range(50))
    return f"<h1>Page {n}</h1><button>go</button><table>{rows}</table><script>{script}</script>"


def page(request):
    n = int(request.query["n"])
    kind = kind_of(n)
    answers = {
        "dialog": lambda: Response(body(n, "alert(1); confirm(2)")),
        "moves": lambda: Response(
            body(n, "setTimeout(() => history.pushState(0, '', '?n=' + " + str(n) + " + '&x'), 20)")
        ),
        "file": lambda: Response(
            b"%PDF-1.4 nothing",
            content_type="application/pdf",
            headers=(("Content-Disposition", 'attachment; filename="x.pdf"'),),
        ),
        "slow": lambda: Response(body(n), delay=0.5),
        "loop": lambda: Response("", 302, headers=(("Location", f"/p?n={n}&loop"),)),
        "never": lambda: Response("", delay=HANGING),
        "restless": lambda: Response(
            body(
                n,
                "if (!location.hash) setTimeout(() => { location.hash = 'x'; location.reload() }, 30)",
            )
        ),
        "popup": lambda: Response(body(n, "window.open('/pop')")),
    }
    return answers.get(kind, lambda: Response(body(n)))()


ROUTES = {
    "/": "".join(f"<a href='/p?n={n}'>{n}</a>" for n in range(PAGES)),
    "/p": page,
    "/pop": "<h1>pop</h1>",
}
AGENT = """
browser: true
start: SITE/
commands:
  - open: a
    do:
      - click: button
      - capture: {title: h1, rows: {css: td, all: true}}
output: {key: [title]}
settings:
  concurrency: 4
  retries: 2
  log: {pages: never}
  browser: {timeout: 3s}
"""


def descendants(root):
    """Return the processes below one, with their resident memory in MiB."""
    parents, memory = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                line = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if fields[0] != "Z":
                parents[int(folder.name)] = int(fields[1])
                memory[int(folder.name)] = (
                    int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 2**20,
                    line,
                )
    below = {root}
    while more := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= more
    return {pid: memory[pid] for pid in below if pid in memory}


class Watch(threading.Thread):
    """Measures memory as pages come, and kills a renderer now and then, and the browser once."""

    def __init__(self, site, root):
        super().__init__(daemon=True)
        self.site, self.root = site, root
        self.memory, self.killed, self.over = {}, [], False

    def run(self):
        kills = dict(KILLS)
        while not self.over:
            came = len({path for path in self.site.paths if path.startswith("/p?")})
            processes = descendants(self.root)
            self.memory.setdefault(came // 20 * 20, []).append(
                sum(mb for mb, _ in processes.values())
            )
            for at in [at for at in kills if came >= at]:
                mark = kills.pop(at)
                victims = [
                    pid
                    for pid, (_, line) in processes.items()
                    if mark in line and b"zygote" not in line
                ]
                for pid in victims[:1]:
                    os.kill(pid, signal.SIGKILL)
                    self.killed.append(mark)
            time.sleep(0.1)

    def at(self, pages):
        """Return the median memory around so many pages, in MiB."""
        near = sorted(
            mb for at, all_ in self.memory.items() if abs(at - pages) <= 20 for mb in all_
        )
        return near[len(near) // 2]


EACH = "from sequentum_scrapy.store import events; events.SAMPLES = events.MAX_SAMPLES = 10_000"
"""The store keeps ten events of a kind one by one and counts the rest: here each is to name its page."""


@pytest.fixture
def telling_project(tmp_path, browser):
    worker = Worker("reactor", tmp_path / "worker.log", EACH)
    yield Project(tmp_path / "project", worker)
    worker.close()


def numbers(texts):
    """Return the numbers of the pages that titles or addresses are of."""
    return {int(found[1]) for text in texts if (found := re.search(r"(?:Page |/p\?n=)(\d+)", text))}


@pytest.mark.timeout(600)
def test_500_pages_with_faults_leave_nothing_open_and_lose_nothing(telling_project):
    with Site(ROUTES) as site:
        watch = Watch(site, telling_project.worker.process.pid)
        watch.start()
        result = telling_project.crawl(AGENT, site)
        watch.over = True
        watch.join()
    kinds = {n: kind_of(n) for n in range(PAGES)}
    come = {n for n, kind in kinds.items() if kind in COMES}
    whats = {n: set() for n in kinds}
    for event in result.events:
        if event.level == "error":
            assert event.count == 1
            for n in numbers([event.url]):
                whats[n].add(event.what)
    told = {n for n in whats if whats[n]}
    assert len(watch.killed) == 4
    assert numbers(result.values("title")) == come, {n: whats[n] for n in come}
    assert len(result.records) == len(come)
    assert all(len(record["rows"]) == 50 for record in result.records)
    # Each page that could not come has an error that names it.
    assert {n: kinds[n] for n in kinds.keys() - come - told} == {}
    assert result.counters["errors"] == sum(event.level == "error" for event in result.events)
    assert result.counters["pages"] + result.counters["errors"] >= PAGES
    assert result.answer["stats"]["sequentum/browser/open_pages"] == 0
    time.sleep(0.5)
    left = [line for _, line in descendants(telling_project.worker.process.pid).values()]
    assert [line for line in left if b"chrom" in line] == []
    assert watch.at(480) < watch.at(100) * 1.25 + 30, {
        at: max(mb) for at, mb in watch.memory.items()
    }
