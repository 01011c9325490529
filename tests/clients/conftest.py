"""One real server for the official clients, each test file with a workspace of its own; Gumnut's has a small model."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from gumnut import Gumnut

from fototeca.library import Library
from tests.clients.gumnut_calls import connect
from tests.server.conftest import Served, serve, served, workspace
from tests.vision import tiny_models

__all__ = ("served", "workspace")

_names = count(1)


@pytest.fixture(scope="session")
def gumnut_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("gumnut")
    tiny_models.write(data / "models" / "tiny")
    with serve(data) as served:
        yield served


@pytest.fixture
def gumnut_workspace() -> str:
    """A workspace of its own for every test."""
    return f"g{next(_names)}"


@pytest.fixture
def gumnut_client(gumnut_server: Served, gumnut_workspace: str) -> Iterator[Gumnut]:
    with connect(gumnut_server, gumnut_server.key(gumnut_workspace)) as client:
        yield client


@pytest.fixture
def gumnut_library(gumnut_server: Served, gumnut_workspace: str, gumnut_client: Gumnut) -> Library:
    return gumnut_server.installation.library(gumnut_workspace)
