"""The command line, run as its users run it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import skimage
from PIL import Image

from tests.pictures import album, picture

COMMAND = str(Path(sys.executable).with_name("fototeca"))


class Shell:
    """Runs commands on one data folder."""

    def __init__(self, data: Path) -> None:
        self.environment = {**os.environ, "FOTOTECA_DATA": str(data), "COLUMNS": "120"}

    def run(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([COMMAND, *arguments], env=self.environment, text=True, capture_output=True, check=False)
        assert done.returncode == code, done.stderr
        return done

    def json(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.run(*arguments, "--json", code=code).stdout)
        return answer


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A data folder whose workspace `demo` holds five photos."""
    shell = Shell(tmp_path_factory.mktemp("data"))
    photos = album(tmp_path_factory.mktemp("given") / "photos")
    (photos / "broken.jpg").write_bytes(picture()[:300])
    (photos / "notes.txt").write_text("no photo")
    report = shell.json("add", str(photos), "--workspace", "demo", "--collection", "Test", "--tag", "new", code=0)
    failed = report["failed"]
    assert (report["added"], report["duplicates"]) == (5, 0)
    assert [set(one) for one in failed] == [{"path", "error"}]
    assert failed[0]["path"].endswith("broken.jpg")
    return shell


def test_adding_again_recognises_everything(shell: Shell, tmp_path: Path) -> None:
    photo = tmp_path / "again.jpg"
    photo.write_bytes(picture("white", (80, 60)))
    assert shell.json("add", str(photo))["duplicates"] == 1
    shown = shell.run("add", str(photo))
    assert "0 added, 1 there already, 0 failed" in shown.stdout


def test_adding_nothing_that_can_be_read_fails(shell: Shell, tmp_path: Path) -> None:
    done = shell.run("add", str(tmp_path / "nowhere"), code=1)
    assert "no such file or folder" in done.stdout


def test_search_gives_the_contract_to_machines_and_a_table_to_people(shell: Shell) -> None:
    answer = shell.json("search", "camera:canon sort:taken", "--limit", "1", "--facet", "color")
    assert set(answer) == {"total", "hits", "facets", "cursor"}
    assert answer["total"] == 2
    [hit] = answer["hits"]
    assert {"filename": "red beach.jpg", "score": None, "relevance": None}.items() < hit.items()
    assert set(hit) == {"id", "filename", "score", "relevance"}
    rest = shell.json("search", "camera:canon sort:taken", "--cursor", str(answer["cursor"]))
    assert [hit["filename"] for hit in rest["hits"]] == ["blue sea.jpg"]
    shown = shell.run("search", "collection:test", "--sort", "-width").stdout
    assert shown.index("red beach.jpg") < shown.index("green park.jpg")
    assert "5 found" in shown


def test_a_mistake_is_pointed_at(shell: Shell) -> None:
    done = shell.run("search", "beach colr:red", code=1)
    assert done.stderr.splitlines() == [
        'error: unknown field "colr"; did you mean "color"?',
        "  beach colr:red",
        "        ^",
    ]


def test_unknown_workspaces_are_not_made_by_a_search(shell: Shell) -> None:
    assert "workspace" in shell.run("search", "x", "--workspace", "nobody", code=1).stderr


def test_keys_are_made_listed_and_revoked(shell: Shell) -> None:
    made = shell.json("key", "create", "--workspace", "acme", "--scope", "read", "--name", "laptop")
    assert set(made) == {"workspace", "api_key", "api_secret"}
    [listed] = shell.json("key", "list", "--workspace", "acme")["keys"]
    assert (listed["name"], listed["scope"], listed["revoked"]) == ("laptop", "read", False)
    assert str(made["api_key"]).startswith(listed["hint"].rstrip("…"))
    assert str(made["api_key"]) not in shell.run("key", "list", "--workspace", "acme").stdout
    shell.run("key", "revoke", str(listed["id"]), "--workspace", "acme")
    [listed] = shell.json("key", "list", "--workspace", "acme")["keys"]
    assert listed["revoked"]


def test_the_doctor_is_content_until_bytes_are_lost(shell: Shell) -> None:
    assert shell.json("doctor")["ok"] is True
    originals = Path(shell.environment["FOTOTECA_DATA"]) / "blobs" / "originals"
    lost = next(path for path in originals.rglob("*") if path.is_file())
    kept = lost.read_bytes()
    lost.unlink()
    assert shell.json("doctor", code=1)["ok"] is False
    assert "1 lost" in shell.run("doctor", code=1).stdout
    lost.write_bytes(kept)


@pytest.mark.parametrize("ttl", ["1", "1x", "0s", "-1h", ""])
def test_a_strange_time_to_live_is_refused(shell: Shell, ttl: str) -> None:
    assert "time" in shell.run("token", "--ttl", ttl, code=1).stderr


def test_serve_answers_with_a_token_and_stops_when_told(shell: Shell) -> None:
    token = shell.run("token", "--workspace", "demo", "--scope", "read", "--ttl", "5m").stdout.strip()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [COMMAND, "serve", "--port", str(port)]
    with subprocess.Popen(command, env=shell.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as server:
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                try:
                    if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            headers = {"Authorization": f"Bearer {token}"}
            found = httpx.get(f"http://127.0.0.1:{port}/v1/search", params={"q": "beach"}, headers=headers)
            assert found.json()["total"] == 2
        finally:
            server.terminate()
        assert server.wait(30) == 0


def test_models_are_listed_chosen_and_missed(shell: Shell) -> None:
    listed = shell.json("models", "list")
    assert [model for model in listed["installed"] if model["task"] != "text"] == []
    assert {"name", "licence", "download", "recall", "about", "dimension"} == set(listed["known"][0])
    assert 'no model "x"' in shell.run("models", "use", "x", code=1).stderr
    assert "no model is installed" in shell.run("enrich", code=1).stderr
    assert "no known model" in shell.run("models", "pull", "x", code=1).stderr


def test_enriching_lets_photos_be_found_by_an_example(shared: Path, tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.environment["FOTOTECA_MODELS"] = str(shared / "models")
    photos = sorted((shared / "photos" / "captioned").glob("*.jpg"))[:8]
    shell.run("add", *map(str, photos))
    report = shell.json("enrich")
    assert report["seen"] == {"meaning": 8, "objects": 8, "regions": 8, "faces": 8}
    assert (report["failed"], set(report["waiting"])) == ([], {"text"})
    [hit] = shell.json("search", "--like", str(photos[3]), "--limit", "1")["hits"]
    assert hit["filename"] == photos[3].name
    listed = shell.json("models", "list")["installed"]
    assert {model["task"] for model in listed if model["in_use"]} == {"meaning", "objects", "faces", "identity"}


def test_duplicates_are_listed(shell: Shell, tmp_path: Path) -> None:
    name = "coffee"
    photo = Image.fromarray(getattr(skimage.data, name)())
    photo.save(tmp_path / "original.jpg", quality=92)
    photo.resize((300, 200)).save(tmp_path / "smaller.jpg")
    shell.run("add", str(tmp_path), "--workspace", "copies")
    found = shell.json("duplicates", "--workspace", "copies")
    [group] = found["groups"]
    assert group["filenames"] == ["original.jpg", "smaller.jpg"]
    assert found["total"] == 1
    assert found["spare"] == group["spare"] == (tmp_path / "smaller.jpg").stat().st_size
    shown = shell.run("duplicates", "filename:original", "--workspace", "copies").stdout
    assert "0 photos have 0 copies" in shown
    assert "smaller.jpg" in shell.run("duplicates", "--workspace", "copies").stdout
    assert shell.json("duplicates")["groups"] == []
