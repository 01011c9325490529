"""Opening: addresses, migrations, several first starts at once."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from fototeca.catalog import Catalog, schema, tables
from fototeca.catalog.database import Database
from fototeca.errors import InvalidInput, StorageError


def test_the_revisions_lead_to_the_tables(catalog: Catalog, url: str) -> None:
    database = Database(url)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
    database.close()


def test_the_newest_revision_is_known() -> None:
    assert ScriptDirectory(str(Path(schema.__file__).parent / "migrations")).get_current_head() == schema.HEAD


def test_ids_are_numbered_for_ever_on_sqlite(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'c.sqlite'}"
    Catalog(url).close()
    database = Database(url)
    with database.read() as connection:
        found: dict[str, str] = dict(
            connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")).all()
        )
    database.close()
    for table in tables.metadata.tables.values():
        assert ("AUTOINCREMENT" in found[table.name]) == ("id" in table.c), table.name
        assert ("WITHOUT ROWID" in found[table.name]) == (table.dialect_options["sqlite"]["with_rowid"] is False)


def test_an_open_catalogue_is_left_as_it_is(catalog: Catalog, url: str, workspace: int) -> None:
    again = Catalog(url)
    assert again.workspaces.get("home").id == workspace
    again.close()


def test_sqlite_is_durable_and_checks_references(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'c.sqlite'}"
    Catalog(url).close()
    database = Database(url)
    with database.read() as connection:
        settings = [
            connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    database.close()
    assert settings == ["wal", 2, 1]


def start(url: str) -> None:
    Catalog(url).close()


def test_processes_may_make_a_catalogue_together(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'c.sqlite'}"
    with ProcessPoolExecutor(3, multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(start, [url] * 6)) == [None] * 6


def test_a_newer_catalogue_is_refused(url: str) -> None:
    Catalog(url).close()
    database = Database(url)
    with database.read() as connection:
        revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    _set_revision(database, "9999")
    with pytest.raises(StorageError, match="newer"):
        Catalog(url)
    _set_revision(database, revision)
    database.close()


def _set_revision(database: Database, number: str) -> None:
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :number"), {"number": number})


@pytest.mark.parametrize("bad", ["", "nonsense", "mysql://x/y", "sqlite://", "sqlite+aiosqlite:///x"])
def test_addresses_of_no_known_database(bad: str) -> None:
    with pytest.raises(InvalidInput):
        Catalog(bad)


@pytest.mark.parametrize("spelling", ["postgres", "postgresql", "postgresql+psycopg"])
def test_spellings_of_postgresql(spelling: str) -> None:
    database = Database(f"{spelling}://ann@host/name")
    assert database.url.render_as_string() == "postgresql+psycopg://ann@host/name"
    database.close()


@pytest.mark.parametrize("bad", ["sqlite:////nowhere/at/all.sqlite", "postgresql://x@127.0.0.1:1/x?connect_timeout=2"])
def test_a_database_that_cannot_be_reached(bad: str) -> None:
    with pytest.raises(StorageError):
        Catalog(bad)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8" * 4096)
    with pytest.raises(StorageError):
        Catalog(f"sqlite:///{path}")
