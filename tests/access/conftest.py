"""A catalogue, a master secret, and who decides by them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fototeca.access import Authority, MasterSecret
from fototeca.catalog import Catalog


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    yield catalog
    catalog.close()


@pytest.fixture
def master(tmp_path: Path) -> MasterSecret:
    return MasterSecret.load(tmp_path / "secret")


@pytest.fixture
def authority(catalog: Catalog, master: MasterSecret) -> Authority:
    return Authority(catalog, master)
