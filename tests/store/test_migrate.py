from __future__ import annotations

import shutil

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from sequentum_scrapy.store import NewRun, Store, StoreError, create_run, migrate, upgrade_store
from sequentum_scrapy.store.tables import metadata

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column("runs", sa.Column("weather", sa.Text()))
    {more}
"""


@pytest.fixture
def next_version(tmp_path, monkeypatch):
    """Make this program one that knows of a migration 0002."""

    def make(more="pass"):
        folder = tmp_path / "100% new migrations"
        shutil.copytree(migrate.MIGRATIONS, folder)
        (folder / "versions" / "0002_weather.py").write_text(NEXT.format(more=more))
        monkeypatch.setattr(migrate, "MIGRATIONS", folder)
        monkeypatch.setattr(migrate, "HEAD", "0002")

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
        assert migrate.read_revision(connection) == "0001"


@pytest.mark.parametrize("revision", ["0002", "9999", "ae1027a6acf"])
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
