"""Runs that are killed, frozen or cut off from their store, and restarted: nothing lost, nothing twice."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from sequentum_scrapy.store import (
    Store,
    get_run,
    iter_records,
    list_events,
    list_runs,
    upgrade_store,
)
from tests.needed import not_here
from tests.sites.server import Request, Response, Site

pytest_plugins = ["tests.store.conftest"]

PRODUCTS = 2000
ON_A_PAGE = 25
KILLS = 20
# The writer waits for a database for a minute: 30 shows that as well, and takes as long.
GONE_SECONDS = float(os.environ.get("SEQUENTUM_TEST_GONE_SECONDS", "5"))
RUN_IT = "from sequentum_scrapy.cli import main; main()"
AGENT = """\
name: shop
start: SITE/page/1
commands:
  - paginate: a.next
    do:
      - list: li
        do:
          - capture: {listed: .price}
          - open: a
            do:
              - capture: {sku: .sku, visitor: .visitor}
              - lookup: a.stock
                do:
                  - capture: {stock: .stock}
output:
  key: [sku]
  schema: {type: object, required: [sku, stock, listed]}
settings:
  robots: ignore
  concurrency: 16
  retries: 3
  scrapy: {RETRY_PRIORITY_ADJUST: 0}
"""


WITH_LOGIN = AGENT.replace(
    "commands:\n",
    """commands:
  - login: SITE/login
    do:
      - fill: {name: ann, password: "{{ secret.DURABLE }}"}
      - submit: null
    verify: {exists: .welcome}
""",
    1,
)
SECRET = "open-sesame-4711"


class Shop:
    """Products that are reached by a redirect; some fail at first; every one is linked twice.

    The site knows a visitor by a cookie, and shows no product to one that it does not know.
    """

    def __init__(self, products=PRODUCTS, delay=0.0, *, asks_for_login=False):
        self.asks_for_login = asks_for_login
        self.products = products
        self.delay = delay
        self.failed = set()
        self.site = Site(
            {
                "/page/*": self.page,
                "/login": self.login,
                "/go/*": lambda r: Response(
                    "", 302, headers=(("Location", f"/product/{_number(r)}"),), delay=delay
                ),
                "/product/*": self.product,
                "/stock/*": lambda r: Response(
                    f'<p class="stock">{_number(r) % 9}</p>', delay=delay
                ),
            }
        )

    def page(self, request: Request) -> Response:
        number = _number(request)
        first = (number - 1) * ON_A_PAGE + 1
        these = range(first, min(first + ON_A_PAGE, self.products + 1))
        # The last one of the page before is shown once more.
        shown = [*these, first - 1] if number > 1 else these
        rows = "".join(f'<li><a href="/go/{n}">x</a><b class="price">{n}</b></li>' for n in shown)
        more = f'<a class="next" href="/page/{number + 1}">next</a>'
        known = number > 1 or self.asks_for_login
        headers = () if known else (("Set-Cookie", "visitor=ann; Path=/"),)
        return Response(
            f"<ul>{rows}</ul>{more if these[-1] < self.products else ''}",
            headers=headers,
            delay=self.delay,
        )

    def login(self, request: Request) -> Response:
        if request.method != "POST":
            fields = '<input name="name"><input name="password" type="password">'
            return Response(f'<form method="post">{fields}<button>in</button></form>')
        if f"password={SECRET}" not in request.body.decode():
            return Response("wrong", 403)
        cookie = (("Set-Cookie", "visitor=ann; Path=/"),)
        return Response('<p class="welcome">hello</p>', headers=cookie)

    def product(self, request: Request) -> Response:
        number = _number(request)
        if "visitor=ann" not in request.headers.get("cookie", ""):
            return Response("who are you?", 403)
        if number % 11 == 0 and number not in self.failed:
            self.failed.add(number)
            return Response("busy", 503)
        return Response(
            f'<p class="sku">P{number}</p><i class="visitor">ann</i><a class="stock" href="/stock/{number}">s</a>',
            delay=self.delay,
        )

    def records(self):
        return sorted(
            (
                {"listed": str(n), "sku": f"P{n}", "visitor": "ann", "stock": str(n % 9)}
                for n in range(1, self.products + 1)
            ),
            key=str,
        )


def _number(request: Request) -> int:
    return int(request.route.rpartition("/")[2])


class Terminal:
    """A project, its store, and the processes that work in it."""

    def __init__(self, folder, store_url):
        self.folder = folder
        self.store_url = store_url
        (folder / "scrapy.cfg").write_text("[settings]\ndefault = sequentum_scrapy.project\n")
        (folder / "agent_defs").mkdir()

    def write(self, text, site, name="shop"):
        (self.folder / "agent_defs" / f"{name}.yaml").write_text(
            text.replace("SITE", site.url[:-1])
        )

    def start(self, *arguments, code=RUN_IT):
        return subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            cwd=self.folder,
            env={
                **os.environ,
                "SEQUENTUM_STORE_URL": self.store_url,
                "SEQUENTUM_SECRET_DURABLE": SECRET,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start_limited(self, size, *arguments):
        """Start a command whose files may not grow beyond so many bytes."""
        limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"
        return self.start(*arguments, code=f"{limit}; {RUN_IT}")

    def __call__(self, *arguments, code=0):
        process = self.start(*arguments)
        out, err = process.communicate(timeout=100)
        assert process.returncode == code, (
            f"{process.returncode}\n{out}\n{err}\n{self.log()[-4000:]}"
        )
        assert "Traceback" not in err
        return out if code == 0 else out + err

    def log(self):
        return "".join(p.read_text() for p in self.folder.glob(".sequentum/runs/*/run.log"))

    @contextmanager
    def open_store(self):
        with Store.open(self.store_url) as store:
            yield store

    def records(self, run_id=1):
        with self.open_store() as store:
            return [json.loads(row.data) for row in iter_records(store, run_id)]

    def run(self, run_id=1):
        with self.open_store() as store:
            return get_run(store, run_id)


@pytest.fixture
def terminal(tmp_path, store_url):
    made = Terminal(tmp_path, store_url)
    made.processes = []
    return made


@pytest.fixture
def sqlite_terminal(tmp_path, sqlite_url):
    return Terminal(tmp_path, sqlite_url)


def wait_for(condition, process, seconds=60):
    """Wait; tell whether the process still lives when the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None:
            return False
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)
    return True


def kill(process):
    process.kill()
    return process.communicate()


@pytest.mark.timeout(400)
def test_a_crawl_that_is_killed_at_20_random_moments_brings_the_records_of_one_that_is_not(
    terminal,
):
    # On one database with cookies that a page sets, on the other with a login.
    login = "postgresql" in terminal.store_url
    shop = Shop(asks_for_login=login)
    seed = random.randrange(10**6)
    print("seed", seed)  # to see it where the test fails
    moments = sorted(random.Random(seed).sample(range(1, PRODUCTS * 3), KILLS))
    with shop.site as site:
        terminal.write(WITH_LOGIN if login else AGENT, site)
        command = ["run", "shop"]
        stored_by = []
        for moment in moments:
            process = terminal.start(*command)
            # Each process comes to some work.
            at = max(moment, len(site.paths) + 1)
            lived = wait_for(lambda at=at: len(site.paths) >= at, process)
            said = kill(process)
            assert lived, f"it came to its end after {len(stored_by)} kills: {said}"
            stored = {f"/product/{record['sku'][1:]}" for record in terminal.records()}
            stored_by.append((len(site.paths), stored))
            command = ["restart", "1"]
        out = terminal(*command, "--json")
        paths = list(site.paths)
    assert len(stored_by) == KILLS
    assert json.loads(out)["status"] == "Completed"
    assert sorted(terminal.records(), key=str) == shop.records()
    run = terminal.run()
    assert run.counters["records"] == PRODUCTS
    assert run.counters["invalid"] == 0
    assert not run.resumable
    for after, stored in stored_by:
        assert not stored.intersection(paths[after:]), "fetched again though stored"


def begin(terminal, shop, *arguments, text=AGENT, after=60):
    """Start a Run and wait until the store has records of it."""
    process = terminal.start("run", "shop", *arguments)
    assert wait_for(lambda: len(shop.site.paths) > after, process), process.communicate()

    def stored():
        with terminal.open_store() as store:
            return next(iter_records(store, 1), None) is not None

    assert wait_for(stored, process), process.communicate()
    return process


@pytest.fixture
def shop():
    made = Shop(products=400, delay=0.06)
    with made.site:
        yield made


def test_a_run_that_is_stopped_finishes_what_is_under_way_and_goes_on_later(sqlite_terminal, shop):
    terminal = sqlite_terminal
    terminal.write(AGENT, shop.site)
    process = begin(terminal, shop, "-o", "out.jsonl")
    assert "is Stopping; it is killed if that takes longer than 60 s" in terminal("stop", "1")
    out, err = process.communicate(timeout=30)
    assert process.returncode == 1, err
    assert out.startswith("Stopped: stopped before its end\n")
    assert "Go on: sequentum restart 1" in out
    stopped = terminal.records()
    asked = list(shop.site.paths)
    assert 0 < len(stopped) < 400
    # All that was fetched before the end is stored.
    products = {path for path in asked if path.startswith("/stock/")}
    assert products == {f"/stock/{record['sku'][1:]}" for record in stopped}
    assert "is at its end already: Stopped" in terminal("stop", "1", code=2)
    out = terminal("restart", "1")
    assert out.startswith("Completed\nRun 1 of shop: 400 records, 0 invalid")
    assert sorted(terminal.records(), key=str) == shop.records()
    twice = set(asked) & set(shop.site.paths[len(asked) :])
    assert not [path for path in twice if path.startswith(("/stock/", "/product/", "/page/"))]
    lines = (terminal.folder / "out.jsonl").read_text().splitlines()
    written = [json.loads(line) for line in lines]
    assert sorted(written, key=str) == shop.records()
    assert "has nothing to go on with" in terminal("restart", "1", code=2)
    with terminal.open_store() as store:
        assert len(list_runs(store)) == 1


def test_a_run_is_watched_to_its_end(sqlite_terminal, shop):
    terminal = sqlite_terminal
    terminal.write(AGENT, shop.site)
    process = begin(terminal, shop)
    watching = terminal.start("run-show", "1", "--watch")
    said, shown = watching.communicate(timeout=60)[::-1]
    process.communicate(timeout=60)
    assert shown.startswith("Completed\nRun 1 of shop: 400 records")
    lines = said.splitlines()
    assert lines
    assert all(line.startswith("Running  ") for line in lines)
    counts = [int(line.split(" pages  ")[1].split()[0]) for line in lines]
    assert counts == sorted(counts)
    assert counts[0] < 400


def test_a_kill_ends_the_process_at_once_and_what_is_stored_stays(sqlite_terminal, shop):
    terminal = sqlite_terminal
    terminal.write(AGENT, shop.site)
    process = begin(terminal, shop)
    assert terminal("stop", "1", "--kill") == "Run 1 is Stopped\n"
    process.communicate(timeout=10)
    assert process.returncode == -signal.SIGKILL
    run = terminal.run()
    assert (run.status.name, run.message) == ("STOPPED", "killed")
    assert run.counters["records"] == len(terminal.records()) > 0
    terminal("restart", "1")
    assert sorted(terminal.records(), key=str) == shop.records()


HANGING = """\
name: shop
start: SITE/page/1
commands:
  - capture: {next: {css: a.next, attr: href}}
  - script: hanging.hang
settings: {robots: ignore}
"""


def test_a_stop_that_does_not_come_to_its_end_becomes_a_kill(sqlite_terminal, shop):
    terminal = sqlite_terminal
    (terminal.folder / "hanging.py").write_text(
        "import time\n\n\ndef hang(page):\n    time.sleep(1000)\n"
    )
    (terminal.folder / "settings.py").write_text(
        "from sequentum_scrapy.project import *\n"
        'SEQUENTUM_SCRIPTS = ["hanging"]\nLOG_LEVEL = "INFO"\n'
    )
    (terminal.folder / "scrapy.cfg").write_text("[settings]\ndefault = settings\n")
    terminal.write(HANGING, shop.site)
    process = terminal.start("run", "shop")
    assert wait_for(lambda: shop.site.paths, process), process.communicate()
    time.sleep(0.5)
    terminal("stop", "1")
    with terminal.open_store() as store, store.writing() as connection:
        assert connection.exec_driver_sql("SELECT kill_time FROM runs").scalar() is not None
        connection.exec_driver_sql("UPDATE runs SET kill_time = datetime('now')")
    process.communicate(timeout=15)
    assert process.returncode == -signal.SIGKILL
    run = terminal.run()
    assert (run.status.name, run.message, run.kill_time) == ("STOPPED", "killed", None)


def test_of_two_restarts_at_once_one_wins(terminal, shop):
    terminal.write(AGENT, shop.site)
    kill(begin(terminal, shop))
    both = [terminal.start("restart", "1") for _ in range(2)]
    answers = [process.communicate(timeout=60) for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes == [0, 2], answers
    loser = next(err for process, (_, err) in zip(both, answers, strict=True) if process.returncode)
    assert "taken over by another process" in loser or "the Run 1 is Running" in loser
    assert sorted(terminal.records(), key=str) == shop.records()


def test_a_process_that_was_frozen_notices_that_its_run_was_taken_over(terminal, shop):
    terminal.write(AGENT, shop.site)
    frozen = begin(terminal, shop, "-o", "out.jsonl")
    frozen.send_signal(signal.SIGSTOP)
    with terminal.open_store() as store, store.writing() as connection:
        old = "datetime('now', '-2 minutes')"
        if store.engine.dialect.name == "postgresql":
            old = "now() - interval '2 minutes'"
        connection.exec_driver_sql(f"UPDATE runs SET heartbeat = {old}")
    assert "no heartbeat since" in terminal("run-show", "1")
    terminal("restart", "1")
    run = terminal.run()
    written = (terminal.folder / "out.jsonl").read_bytes()
    assert written.count(b"\n") == len(shop.records())
    frozen.send_signal(signal.SIGCONT)
    _, err = frozen.communicate(timeout=60)
    assert frozen.returncode == 2
    assert err.strip().endswith("another process works on the Run 1 now")
    assert terminal.run() == run
    assert (terminal.folder / "out.jsonl").read_bytes() == written
    assert run.status.name == "COMPLETED"
    assert sorted(terminal.records(), key=str) == shop.records()


def test_without_durable_a_killed_run_cannot_be_restarted(sqlite_terminal, shop):
    terminal = sqlite_terminal
    terminal.write(AGENT.replace("settings:", "settings:\n  durable: false"), shop.site)
    kill(begin(terminal, shop))
    assert "was not durable" in terminal("restart", "1", code=2)
    with terminal.open_store() as store, store.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM run_requests").scalar() == 0


def test_a_full_disk_ends_the_run_which_goes_on_when_there_is_room(sqlite_terminal, shop):
    terminal = sqlite_terminal
    terminal.write(AGENT, shop.site)
    with terminal.open_store():
        pass  # the tables are made, and take their room
    # No file may grow beyond this size: what a full disk does, without a disk.
    size = (terminal.folder / ".sequentum/store.db").stat().st_size + 40_000
    process = terminal.start_limited(size, "run", "shop")
    _, err = process.communicate(timeout=90)
    assert process.returncode != 0
    assert "disk" in err + terminal.log()
    before = terminal.records()
    assert len(before) < 400
    terminal("restart", "1")
    assert sorted(terminal.records(), key=str) == shop.records()


def test_a_database_that_is_gone_for_a_while_is_waited_for(tmp_path, empty_postgresql_url, shop):
    terminal = Terminal(tmp_path, empty_postgresql_url)
    terminal.write(AGENT, shop.site)
    process = begin(terminal, shop)
    with without_connections(empty_postgresql_url):
        time.sleep(5)
        assert process.poll() is None
    out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    assert out.startswith("Completed")
    assert sorted(terminal.records(), key=str) == shop.records()


@contextmanager
def without_connections(url):
    """Cut all connections to a database, and let none be made."""
    address = make_url(url)
    server = create_engine(address.set(database="postgres"), isolation_level="AUTOCOMMIT")
    name = address.database
    with server.connect() as connection:
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        connection.exec_driver_sql(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )
        try:
            yield
        finally:
            connection.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    server.dispose()


class Server:
    """A PostgreSQL server of our own, which may be restarted: the tests' other one is not ours alone."""

    def __init__(self, programs, folder, port):
        self._programs = programs
        self._folder = folder
        # It refuses to be run by root.
        self._user = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        self.url = f"postgresql+psycopg://root@127.0.0.1:{port}/postgres"
        self._call("initdb", "--auth", "trust", "--username", "root", "--no-sync")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
        self._start = ("start", "-w", "-l", str(folder / "log"), "-o", options)

    def start(self):
        self._call("pg_ctl", *self._start)

    def crash(self):
        self._call("pg_ctl", "stop", "-m", "immediate")

    def _call(self, program, *arguments):
        subprocess.run(
            [self._programs / program, "-D", self._folder / "data", *arguments],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=True,
            **self._user,
        )


@pytest.fixture
def own_server():
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        not_here("no programs of a PostgreSQL server in /usr/lib/postgresql")
    folder = Path(tempfile.mkdtemp(prefix="sequentum-postgresql-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(programs[-1].parent, folder, port)
    server.start()
    yield server
    server.crash()
    shutil.rmtree(folder)


def test_a_database_that_crashes_under_load_and_comes_back_loses_nothing(tmp_path, own_server):
    upgrade_store(own_server.url)
    shop = Shop(products=400, delay=0.2)
    terminal = Terminal(tmp_path, own_server.url)
    with shop.site as site:
        terminal.write(AGENT, site)
        process = begin(terminal, shop)
        for gone in (0, GONE_SECONDS):
            own_server.crash()
            time.sleep(gone)
            own_server.start()
            assert process.poll() is None, process.communicate()
            time.sleep(0.5)
        out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    assert out.startswith("Completed")
    assert sorted(terminal.records(), key=str) == shop.records()
    assert terminal.run().counters["records"] == 400
    assert "the store is sound" in terminal("store", "check")


LINES = """\
name: lines
start: SITE/lines
commands:
  - list: {jmespath: "@"}
    do:
      - capture: {n: {jmespath: n}}
settings: {robots: ignore}
"""
ROWS = """\
name: rows
commands:
  - for_each: {file: rows.csv}
    do:
      - open: "SITE/stock/{{ row.n }}"
        do:
          - capture: {n: {value: "{{ row.n }}"}, stock: .stock}
settings: {robots: ignore}
"""


def killed_with(terminal, name, at_least):
    """Kill a Run once that many records are stored; return how many there were."""
    process = terminal.start("run", name)

    def stored():
        try:
            return len(terminal.records())
        except Exception:  # noqa: BLE001 - the store is being made
            return 0

    assert wait_for(lambda: stored() >= at_least, process), process.communicate()
    kill(process)
    return stored()


def test_a_page_of_many_records_is_stored_whole_or_made_again(sqlite_terminal):
    terminal = sqlite_terminal
    body = "\n".join(json.dumps({"n": n}) for n in range(60_000))
    page = Response(body, content_type="application/x-ndjson")
    with Site({"/lines": page}) as site:
        terminal.write(LINES, site, "lines")
        before = killed_with(terminal, "lines", 3000)
        assert before < 60_000
        assert terminal.run().counters["records"] == before
        terminal("restart", "1")
    assert [record["n"] for record in terminal.records()] == list(range(60_000))
    assert terminal.run().counters["records"] == 60_000


WORDS = """\
name: words
commands:
  - for_each: {file: words.csv}
    do:
      - capture: {n: {value: "{{ row.n }}"}}
"""


def test_records_that_need_no_page_are_stored_whole_or_made_again(sqlite_terminal):
    terminal = sqlite_terminal
    rows = 40_000
    (terminal.folder / "agent_defs" / "words.csv").write_text(
        "n\n" + "".join(f"{n}\n" for n in range(rows))
    )
    (terminal.folder / "agent_defs" / "words.yaml").write_text(WORDS)
    before = killed_with(terminal, "words", 3000)
    assert before < rows
    terminal("restart", "1")
    assert [int(record["n"]) for record in terminal.records()] == list(range(rows))


def test_rows_that_come_one_by_one_go_on_where_they_were(sqlite_terminal):
    terminal = sqlite_terminal
    rows = 6000
    (terminal.folder / "agent_defs" / "rows.csv").write_text(
        "n\n" + "".join(f"{n}\n" for n in range(rows))
    )
    shop = Shop()
    with shop.site as site:
        terminal.write(ROWS, site, "rows")
        before = killed_with(terminal, "rows", 1500)
        assert before < rows
        stored = {f"/stock/{record['n']}" for record in terminal.records()}
        again = len(site.paths)
        terminal("restart", "1")
        assert not stored & set(site.paths[again:])
    assert sorted(int(r["n"]) for r in terminal.records()) == list(range(rows))


def test_neither_inputs_that_are_secrets_nor_what_a_site_echoes_of_them_are_in_the_store(
    sqlite_terminal, shop
):
    terminal = sqlite_terminal
    secret = "hush-hush-4711"
    text = AGENT.replace(
        "start: SITE/page/1",
        "inputs: {token: {type: string, format: password}}\n"
        'start: {url: SITE/page/1, headers: {X-Token: "{{ input.token }}"}}',
    ).replace("- open: a\n", '- open: a\n            headers: {X-Token: "{{ input.token }}"}\n')
    terminal.write(text, shop.site)
    kill(begin(terminal, shop, "--input", f"token={secret}"))
    files = [p for p in (terminal.folder / ".sequentum").rglob("*") if p.is_file()]
    assert files
    assert not [path for path in files if secret.encode() in path.read_bytes()]
    assert "secret inputs are not kept" in terminal("restart", "1", code=2)
    said = terminal("restart", "1", "--input", "q=1", code=2)
    assert 'a restart has the inputs of its Run, "q" too' in said
    terminal("restart", "1", "--input", f"token={secret}")
    assert sorted(terminal.records(), key=str) == shop.records()


@pytest.mark.parametrize("run", ["7", "1"])
def test_a_run_that_cannot_be_restarted_says_why(sqlite_terminal, shop, run):
    terminal = sqlite_terminal
    terminal.write(AGENT.replace("settings:", "settings:\n  limits: {records: 3}"), shop.site)
    terminal("run", "shop")
    said = terminal("restart", run, code=2)
    assert ("there is no Run 7" if run == "7" else "it came to its end (Completed)") in said


def test_a_run_that_works_is_not_restarted_and_not_found_dead(sqlite_terminal, shop):
    terminal = sqlite_terminal
    terminal.write(AGENT, shop.site)
    process = begin(terminal, shop)
    said = terminal("restart", "1", code=2)
    assert f"the Run 1 is Running (process {process.pid} on" in said
    process.communicate(timeout=60)
    assert process.returncode == 0
    with terminal.open_store() as store:
        assert not [event for event in list_events(store, 1) if event.level == "error"]
