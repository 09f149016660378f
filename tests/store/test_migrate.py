from __future__ import annotations

import shutil
from contextlib import contextmanager

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from sequentum_scrapy.store import (
    NewRun,
    Store,
    StoreError,
    create_run,
    iter_records,
    list_runs,
    migrate,
    upgrade_store,
)
from sequentum_scrapy.store.tables import metadata

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade():
    op.add_column("runs", sa.Column("weather", sa.Text()))
    {more}
"""


@pytest.fixture
def next_version(tmp_path, monkeypatch):
    """Make this program one that knows of a migration 0004."""

    def make(more="pass"):
        folder = tmp_path / "100% new migrations"
        shutil.copytree(migrate.MIGRATIONS, folder)
        (folder / "versions" / "0004_weather.py").write_text(NEXT.format(more=more))
        monkeypatch.setattr(migrate, "MIGRATIONS", folder)
        monkeypatch.setattr(migrate, "HEAD", "0004")

    return make


@pytest.fixture
def as_of(tmp_path, monkeypatch):
    """Make this program, while the context lasts, one that knows no later migration."""

    @contextmanager
    def make(revision):
        folder = tmp_path / f"migrations-{revision}"
        shutil.copytree(migrate.MIGRATIONS, folder)
        for path in (folder / "versions").glob("*.py"):
            if path.stem[:4] > revision:
                path.unlink()
        with monkeypatch.context() as patch:
            patch.setattr(migrate, "MIGRATIONS", folder)
            patch.setattr(migrate, "HEAD", revision)
            yield

    return make


def columns_of(store, table):
    with store.reading() as connection:
        return [column["name"] for column in inspect(connection).get_columns(table)]


def set_revision(store, revision):
    with store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})


def test_the_migrations_make_exactly_the_tables_of_the_models(store):
    with store.reading() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_head_is_the_newest_revision():
    scripts = ScriptDirectory(str(migrate.MIGRATIONS))
    assert scripts.get_heads() == [migrate.HEAD]
    assert all(script.revision.isdecimal() for script in scripts.walk_revisions())


def test_an_older_embedded_store_is_upgraded_when_opened(sqlite_url, next_version):
    with Store.open(sqlite_url) as store:
        run_id = create_run(store, NewRun("books", b"x", "test"))
    next_version()
    with Store.open(sqlite_url) as store:
        assert "weather" in columns_of(store, "runs")
        with store.reading() as connection:
            assert connection.scalar(text("SELECT id FROM runs")) == run_id


OLD_ROWS = """
INSERT INTO spaces (name, created) VALUES ('sales', '2026-01-01 00:00:00');
INSERT INTO definitions VALUES ('h1', {blob}, 9, '2026-01-01 00:00:00');
INSERT INTO agents (space_id, name, active_version, archived, created, updated)
  SELECT id, 'books', 2, {false}, '2026-01-01 00:00:00', '2026-01-02 00:00:00'
  FROM spaces WHERE name = 'sales';
INSERT INTO agent_versions VALUES (1, 1, 'h1', 'ann', 'first', '2026-01-01 00:00:00');
INSERT INTO agent_versions VALUES (1, 2, 'h1', 'bob', '', '2026-01-02 00:00:00');
INSERT INTO runs (agent_id, agent_name, version_number, content_hash, started_by, status, pid, host,
  start_time, heartbeat, message, inputs, requests, pages, browser_pages, records, invalid, duplicates,
  errors, bytes)
  SELECT {agent}, 'books', {version}, 'h1', 'cli', 9, 1, 'here', '2026-01-03 00:00:00',
  '2026-01-03 00:00:00', '', '{{}}', 1, 1, 0, 1, 0, 0, 0, 5 FROM spaces WHERE name = 'sales';
INSERT INTO records VALUES (1, 1, '', {true}, {blob}, {blob}, NULL);
"""


def write_old_rows(store):
    """Put what the first tables hold into a store that has these only."""
    lite = store.engine.dialect.name == "sqlite"
    words = (
        {"blob": "x'7b7d'", "true": "1", "false": "0"}
        if lite
        else {"blob": "'\\x7b7d'::bytea", "true": "true", "false": "false"}
    )
    with store.writing() as connection:
        for agent, version in (("1", "2"), ("NULL", "NULL")):
            for statement in OLD_ROWS.format(agent=agent, version=version, **words).split(";\n"):
                again = agent == "NULL" and not statement.startswith("INSERT INTO runs")
                if statement.strip() and not again:
                    connection.exec_driver_sql(statement.replace("%", "%%"))


def test_a_store_of_the_first_tables_is_upgraded_with_what_is_in_it(store_url, as_of):
    with as_of("0001"), Store.open(store_url) as old:
        write_old_rows(old)
    assert upgrade_store(store_url) is True
    with Store.open(store_url) as store:
        runs = list_runs(store)
        assert [run.counters["blocked"] for run in runs] == [0, 0]
        assert [run.agent_id for run in runs] == [None, 1]
        assert [row.data for row in iter_records(store, 1)] == [b"{}"]
        with store.reading() as connection:
            query = (
                "SELECT spaces.name FROM runs JOIN spaces ON spaces.id = space_id ORDER BY runs.id"
            )
            assert list(connection.scalars(text(query))) == ["sales", "default"]
            log = connection.execute(
                text("SELECT author, action, version_number, detail FROM agent_log ORDER BY id")
            )
            assert [tuple(row) for row in log] == [
                ("ann", "save", 1, "first"),
                ("bob", "save", 2, ""),
            ]
        changes = ["DELETE FROM agent_log", "UPDATE agent_log SET author = 'eve'"]
        if store.engine.dialect.name == "sqlite":
            changes.append("INSERT OR REPLACE INTO agent_log SELECT * FROM agent_log")
        for change in changes:
            with pytest.raises(StoreError, match="agent_log is immutable"), store.writing() as done:
                done.execute(text(change))


def test_an_older_shared_store_is_for_a_person_to_upgrade(empty_postgresql_url, next_version):
    Store.open(empty_postgresql_url).close()
    next_version()
    with pytest.raises(StoreError, match="run: sequentum store upgrade"):
        Store.open(empty_postgresql_url)
    assert upgrade_store(empty_postgresql_url) is True
    with Store.open(empty_postgresql_url) as store:
        assert "weather" in columns_of(store, "runs")


def test_upgrading_tells_whether_there_was_anything_to_do(store_url):
    assert upgrade_store(store_url) is True
    assert upgrade_store(store_url) is False


def test_a_migration_that_fails_leaves_the_store_as_it_was(store, store_url, next_version):
    next_version('op.execute("SELECT no_such_function_at_all()")')
    with pytest.raises(StoreError, match="no_such_function_at_all"):
        upgrade_store(store_url)
    assert "weather" not in columns_of(store, "runs")
    with store.reading() as connection:
        assert migrate.read_revision(connection) == "0003"


@pytest.mark.parametrize("revision", ["0004", "9999", "ae1027a6acf"])
def test_a_newer_or_foreign_store_is_refused_and_not_touched(store, store_url, revision):
    set_revision(store, revision)
    for use in (Store.open, upgrade_store):
        with pytest.raises(StoreError, match=f"newer .revision {revision}"):
            use(store_url)
    with store.reading() as connection:
        assert migrate.read_revision(connection) == revision


def test_the_migrations_lie_inside_the_package(package_folder):
    assert (package_folder / "migrations" / "env.py").is_file()
    assert package_folder / "migrations" == migrate.MIGRATIONS
