"""Keys, projects and the spec's live recipe, by the official SDK and command line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from fototeca.library import Library
from tests.clients.roboflow.helpers import WORKSPACE, Cli, unique
from tests.server.conftest import Served


@pytest.mark.timeout(300)  # the SDK takes its time to be imported, several times
def test_the_live_recipe(cli: Cli, environment: dict[str, str], library: Library, tmp_path: Path) -> None:
    library.collections.create("proj")
    (tmp_path / "a.png").write_bytes(unique())
    script = Path(__file__).parent / "live_recipe.py"
    command = [sys.executable, str(script), str(tmp_path / "a.png"), str(tmp_path)]
    done = subprocess.run(
        command, env=os.environ | environment, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False
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


@pytest.mark.timeout(300)
def test_the_example_of_the_documentation(environment: dict[str, str], tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "roboflow.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "truck.jpg").write_bytes(unique())
    done = subprocess.run(
        [sys.executable, "-c", example],
        env=os.environ | environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "['truck.jpg']" in done.stdout
    assert (tmp_path / "yard" / "train" / "images" / "truck.jpg").is_file()


def test_keys_are_told_from_others(sdk: Any, served: Served, key: str) -> None:
    with pytest.raises(RuntimeError, match="does not exist"):
        sdk.Roboflow("ftunknown")
    for carried in (
        httpx.get(f"{served.origin}/", params={"api_key": key, "nocache": "true"}),
        httpx.post(f"{served.origin}/", headers={"Authorization": f"Bearer {key}"}),
        httpx.post(f"{served.origin}/", json={"api_key": key}),
    ):
        assert carried.json()["workspace"] == WORKSPACE
    refused = httpx.get(f"{served.origin}/demo", params={"api_key": "ftother"})
    error = refused.json()["error"]
    assert (refused.status_code, error["status"], error["type"]) == (401, 401, "OAuthException")
    assert "ftother" not in refused.text
    assert httpx.get(f"{served.origin}/demo").status_code == 401


def test_projects_come_and_go(ws: Any, sdk: Any, errors: Any, cli: Cli, key: str) -> None:
    made = ws.create_project("My Helmets", "object-detection", "MIT", "helmet")
    assert (made.id, made.type, made.annotation) == ("demo/my-helmets", "object-detection", "helmet")
    assert ws.create_project("My Helmets", "multi-label-classification", "MIT", "x").id == "demo/my-helmets-2"
    assert ws.create_project("Images", "classification", "MIT", "x").id == "demo/images-project"
    found = sdk.Roboflow().workspace()
    assert isinstance(found.members, int)
    assert {"demo/my-helmets", "demo/my-helmets-2"} <= set(found.projects())
    project = ws.project("my-helmets-2")
    assert (project.type, project.multilabel, project.classes, project.splits) == (
        *("classification", True, {}),
        {"train": 0, "valid": 0, "test": 0},
    )
    assert project.versions() == []
    cli("--json", "project", "get", "my-helmets")
    created = json.loads(cli("--json", "project", "create", "From the CLI", "--type", "object-detection").stdout)
    assert created["id"] == "demo/from-the-cli"
    cli("--json", "project", "delete", "from-the-cli", "--yes")
    with pytest.raises(errors.RoboflowError) as caught:
        ws.project("from-the-cli")
    assert caught.value.status_code == 404
    cli("--json", "project", "restore", "from-the-cli")
    assert ws.project("from-the-cli").name == "From the CLI"
    body = {"name": "x", "type": "y"}
    refused = httpx.post(f"{errors.API_URL}/demo/projects", params={"api_key": key}, json=body)
    assert refused.status_code == 400
    assert "is not a type of project" in refused.json()["error"]["message"]


def test_other_commands_of_the_cli(cli: Cli, library: Library) -> None:
    for command in (["workspace", "get", WORKSPACE], ["project", "list"]):
        cli("--json", *command)
