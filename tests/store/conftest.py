"""Stores to test with: an SQLite file, and a database of a real PostgreSQL server."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import NotSupportedError, OperationalError, ProgrammingError

from sequentum_scrapy.store import NewRun, RunWriter, Status, Store, create_run
from tests.needed import not_here

SERVER = os.environ.get("SEQUENTUM_TEST_POSTGRES", "postgresql+psycopg://root@127.0.0.1:5432/")
PROCESS_SECONDS = 60


def _server():
    url = make_url(SERVER).set(database="postgres")
    return create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})


@contextmanager
def _database(options=""):
    """Make a database, and drop it at the end; give its URL."""
    server = _server()
    name = f"sequentum_test_{os.getpid()}_{uuid.uuid4().hex[:8]}"
    try:
        with server.connect() as connection:
            connection.exec_driver_sql(f'CREATE DATABASE "{name}" {options}')
    except OperationalError as error:
        reason = f"no PostgreSQL server at {SERVER} (SEQUENTUM_TEST_POSTGRES): {error.orig}"
        server.dispose()
        not_here(reason)
    try:
        yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
        server.dispose()


@pytest.fixture(scope="session")
def postgresql_url():
    """Make a database for this session."""
    with _database() as url:
        yield url


@pytest.fixture
def linguistic_url():
    """Make a database that compares texts as people do: small and capital letters, and signs, count last."""
    try:
        with _database("TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'") as url:
            yield url
    except (NotSupportedError, ProgrammingError) as error:
        not_here(f"the PostgreSQL server at {SERVER} has no ICU: {error.orig}")


@pytest.fixture
def empty_postgresql_url(postgresql_url):
    engine = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return postgresql_url


@pytest.fixture
def sqlite_url(tmp_path):
    return f"sqlite:///{tmp_path}/.sequentum/store.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request):
    """Return the URL of an empty database."""
    name = "sqlite_url" if request.param == "sqlite" else "empty_postgresql_url"
    return request.getfixturevalue(name)


@pytest.fixture
def store(store_url):
    with Store.open(store_url) as opened:
        yield opened


@pytest.fixture
def run_id(store):
    return create_run(store, NewRun("books", b"name: books", "test"))


@pytest.fixture
def writer(store, run_id):
    """Return a writer that has started; it is ended if the test does not."""
    writer = RunWriter(store, run_id)
    writer.start()
    yield writer
    if writer._thread.is_alive():
        writer.finish(Status.STOPPED)


class Processes:
    """Other processes that run a piece of Python; what it prints is what they answer."""

    def __init__(self):
        self.started = []

    def start(self, code, *arguments):
        command = [sys.executable, "-c", code, *map(str, arguments)]
        started = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(started)
        return started

    def answer(self, process, said=""):
        out, err = process.communicate(said, timeout=PROCESS_SECONDS)
        assert process.returncode == 0, err
        return out.strip()

    def together(self, code, *arguments, count=4):
        """Run the code in ``count`` processes that wait for each other at ``input()``."""
        running = [self.start(code, *arguments, number) for number in range(count)]
        for process in running:
            assert process.stdout.readline() == "ready\n", process.stderr.read()
        for process in running:
            process.stdin.write("go\n")
            process.stdin.flush()
        return [self.answer(process) for process in running]


@pytest.fixture
def processes():
    made = Processes()
    yield made
    for process in made.started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def package_folder():
    return Path(sys.modules["sequentum_scrapy.store"].__file__).parent
