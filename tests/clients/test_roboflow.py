"""The official SDK and command line of Roboflow, live against a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from fototeca.assets import Scope
from fototeca.library import Library
from tests.pictures import picture
from tests.server.conftest import Served, serve

WORKSPACE = "demo"
Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("roboflow")) as served:
        yield served


@pytest.fixture(scope="module")
def key(served: Served) -> str:
    return served.key(WORKSPACE)


@pytest.fixture(scope="module")
def library(served: Served, key: str) -> Library:
    return served.installation.library(WORKSPACE)


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def sdk(environment: dict[str, str]) -> Iterator[Any]:
    """The SDK's package, imported for this server."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the many libraries that it imports
        for name, value in environment.items():
            patch.setenv(name, value)
        import roboflow

        yield roboflow


@pytest.fixture(scope="module")
def ws(sdk: Any) -> Any:
    return sdk.Roboflow().workspace()


@pytest.fixture(scope="module")
def errors(sdk: Any) -> Any:
    """The module of the SDK's errors."""
    from roboflow.adapters import rfapi

    return rfapi


@pytest.fixture(scope="module")
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


_numbers = iter(range(1, 2**24))


def unique(size: tuple[int, int] = (200, 100)) -> bytes:
    return picture(f"#{next(_numbers) * 7919 % 2**24:06x}", size)


def uploaded(project: Any, path: str, **options: Any) -> str:
    """Upload with the SDK; returns the image's id."""
    [result] = project.upload(path, num_retry_uploads=0, **options)
    return str(result["image"]["id"])


def found(ws: Any, query: str) -> set[str]:
    return {image["id"] for page in ws.search_all(query, page_size=2) for image in page}


# --- the spec's recipe, and what it needs ---------------------------------------------------------------------------


def test_the_live_recipe(cli: Cli, environment: dict[str, str], library: Library, tmp_path: Path) -> None:
    library.collections.create("proj")
    (tmp_path / "a.png").write_bytes(unique())
    script = Path(__file__).parent / "roboflow_calls.py"
    command = [sys.executable, str(script), str(tmp_path / "a.png"), str(tmp_path)]
    done = subprocess.run(
        command, env=os.environ | environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    image = done.stdout.split()[-1]
    answer = json.loads(cli("--json", "search", "tag:t1", "--limit", "2").stdout)
    assert [each["id"] for each in answer["results"]] == [image]
    assert answer["results"][0]["projects"] == ["proj"]
    assert json.loads(cli("--json", "image", "search", "*", "-p", "proj").stdout)["total"] == 1
    shown = json.loads(cli("--json", "image", "get", image, "-p", "proj").stdout)
    assert (shown["image"]["id"], shown["image"]["metadata"], shown["image"]["tags"]) == (
        image,
        {"k": "v"},
        ["t1", "t2"],
    )
    missing = cli("--json", "image", "get", "0" * 32, "-p", "proj", code=3)
    assert "Image not found." in missing.stderr
