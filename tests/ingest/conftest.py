"""A whole installation below ingest: a real catalogue, real blobs, real reading processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fototeca.blobs import Blobs
from fototeca.catalog import Catalog, Records
from fototeca.ingest import Pipeline
from fototeca.media import Reader


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    with Reader(2) as reader:
        yield reader


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs.open(str(tmp_path / "blobs"))


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    catalog.workspaces.create("other")
    catalog.workspaces.create("home")
    yield catalog
    catalog.close()


@pytest.fixture
def records(catalog: Catalog) -> Records:
    return catalog.records(catalog.workspaces.get("home").id)


@pytest.fixture
def pipeline(records: Records, blobs: Blobs, reader: Reader) -> Pipeline:
    return Pipeline(records, blobs, reader)
