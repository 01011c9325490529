"""One server and the SDK that is imported for it: its hosts are fixed for as long as the process lives."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fototeca.library import Library
from tests.clients.roboflow.helpers import WORKSPACE, Cli, unique, uploaded
from tests.server.conftest import Served, serve


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("roboflow")) as served:
        yield served


@pytest.fixture(scope="session")
def key(served: Served) -> str:
    return served.key(WORKSPACE)


@pytest.fixture(scope="session")
def library(served: Served, key: str) -> Library:
    return served.installation.library(WORKSPACE)


@pytest.fixture(scope="session")
def environment(served: Served, key: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What tells the SDK where the server is; its hosts are fixed when it is imported."""
    return {
        "API_URL": served.origin,
        "APP_URL": served.origin,
        "ROBOFLOW_API_KEY": key,
        "RF_WORKSPACE": WORKSPACE,
        "ROBOFLOW_CONFIG_DIR": str(tmp_path_factory.mktemp("config") / "config.json"),
        "TQDM_DISABLE": "1",
    }


@pytest.fixture(scope="session")
def sdk(environment: dict[str, str]) -> Iterator[Any]:
    """The SDK's package, imported for this server."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the many libraries that it imports
        for name, value in environment.items():
            patch.setenv(name, value)
        import roboflow  # type: ignore[import-untyped]  # it has no types

        yield roboflow


@pytest.fixture(scope="session")
def ws(sdk: Any) -> Any:
    return sdk.Roboflow().workspace()


@pytest.fixture(scope="session")
def errors(sdk: Any) -> Any:
    """The module of the SDK's errors."""
    from roboflow.adapters import rfapi  # type: ignore[import-untyped]  # as above

    return rfapi


@pytest.fixture(scope="session")
def cli(environment: dict[str, str]) -> Cli:
    """Runs the command line in a process of its own."""

    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).parent / "roboflow"), *arguments]
        done = subprocess.run(
            command, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def photo(tmp_path: Path) -> Callable[..., str]:
    """Writes a picture that no other test has, and returns its path."""

    def write(name: str, size: tuple[int, int] = (200, 100), folder: Path = tmp_path) -> str:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(unique(size))
        return str(folder / name)

    return write


@pytest.fixture(scope="session")
def home(ws: Any) -> Any:
    """A project for uploads."""
    return ws.create_project("Uploads", "object-detection", "MIT", "thing")


@pytest.fixture(scope="session")
def searched(ws: Any, library: Library, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, list[str]]:
    """A project of seven images, the oldest first."""
    project = ws.create_project("Searched", "object-detection", "MIT", "seen")
    folder = tmp_path_factory.mktemp("searched")
    images = []
    for number in range(7):
        (folder / f"photo {number}.jpg").write_bytes(unique((100 + number, 50)))
        split = ("train", "valid", "test")[number % 3]
        tags = ["searched", *(["even"] if number % 2 == 0 else [])]
        images.append(uploaded(project, str(folder / f"photo {number}.jpg"), split=split, tag_names=tags))
    return project, images
