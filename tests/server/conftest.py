"""One real server for all of these tests; each test file has a workspace of its own in it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from fototeca.access import Authority
from fototeca.assets import Scope
from fototeca.library import Installation
from fototeca.server import create_app
from fototeca.settings import Settings


@dataclass(frozen=True)
class Served:
    """A server that runs in a thread."""

    origin: str
    app: FastAPI
    installation: Installation
    authority: Authority

    def key(self, workspace: str, scope: Scope = Scope.ADMIN) -> str:
        """Make a key for a workspace, which is made too if it is new."""
        made = self.authority.create_key(self.installation.create(workspace), scope=scope, name=f"test {scope}")
        return made.api_key

    def client(self, workspace: str, scope: Scope = Scope.ADMIN) -> httpx.Client:
        """Return a client with such a key."""
        headers = {"Authorization": f"Bearer {self.key(workspace, scope)}"}
        return httpx.Client(base_url=self.origin, headers=headers, timeout=30)


@contextmanager
def serve(data: Path, **environment: str) -> Iterator[Served]:
    """A server over a data folder, for as long as the block runs."""
    with Installation(Settings.from_environment(data, {"FOTOTECA_ALLOW_PRIVATE_URLS": "1", **environment})) as opened:
        app = create_app(opened)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Served(f"http://127.0.0.1:{port}", app, opened, app.state.context.authority)
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("server")) as served:
        yield served


@pytest.fixture(scope="module")
def workspace(request: pytest.FixtureRequest) -> str:
    """Name of the test file's own workspace."""
    return Path(request.node.path).stem.replace("test_", "of-")


@pytest.fixture(scope="module")
def client(served: Served, workspace: str) -> Iterator[httpx.Client]:
    """A client that may do everything in the test file's workspace."""
    with served.client(workspace) as client:
        yield client
