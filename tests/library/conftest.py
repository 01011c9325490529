"""One installation for all tests of a module: starting the readers takes a second."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from fototeca.library import Installation, Library
from fototeca.settings import Settings
from tests.pictures import album

_names = count()


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    data = tmp_path_factory.mktemp("data")
    with Installation(Settings.from_environment(data, {})) as installation:
        yield installation


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return album(tmp_path_factory.mktemp("given") / "photos")


@pytest.fixture
def library(installation: Installation) -> Library:
    """A workspace of its own for every test."""
    return installation.library(installation.create(f"w{next(_names)}").name)


@pytest.fixture
def filled(library: Library, photos: Path) -> Library:
    report = library.add(photos, tags=("all",))
    assert (report.added, report.failed) == (5, [])
    return library
