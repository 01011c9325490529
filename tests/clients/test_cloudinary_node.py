"""Cloudinary's official Node SDK, which spells paths, uploads and signed URLs in other ways than the Python one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.pictures import picture
from tests.server.conftest import Served

SDK = "cloudinary@2.11.0"
SCRIPT = Path(__file__).with_name("cloudinary_node.js")


@pytest.fixture(scope="module")
def modules() -> Path:
    """Folder that holds the SDK; it is fetched once for a machine."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("the Node SDK needs node and npm")
    folder = Path(tempfile.gettempdir()) / f"fototeca-clients-{SDK.replace('@', '-')}"
    if not (folder / "node_modules" / "cloudinary").is_dir():
        folder.mkdir(exist_ok=True)
        command = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", SDK]
        fetched = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        if fetched.returncode:
            pytest.skip(f"npm cannot fetch {SDK}: {fetched.stderr[:300]}")
    return folder / "node_modules"


@pytest.fixture(scope="module")
def told(served: Served, workspace: str, modules: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the SDK was answered."""
    key = served.authority.create_key(served.installation.create(workspace), name="node")
    address = f"cloudinary://{key.api_key}:{key.api_secret}@{workspace}?upload_prefix={served.origin}"
    file = tmp_path_factory.mktemp("node") / "bild ü.jpg"
    file.write_bytes(picture("red"))
    ran = subprocess.run(
        [shutil.which("node") or "node", str(SCRIPT), served.origin, str(file)],
        env={"PATH": os.environ["PATH"], "NODE_PATH": str(modules), "CLOUDINARY_URL": address},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    answers: dict[str, Any] = json.loads(ran.stdout)
    return answers


def test_uploads(told: dict[str, Any]) -> None:
    assert told["ping"]["status"] == "ok"
    made = told["upload"]
    assert (made["public_id"], made["tags"]) == ("node/a b", ["node", "x&y"])
    assert made["context"] == {"custom": {"caption": "a|b=c"}}
    assert made["etag"] == told["stream"]["etag"]
    assert (told["large"]["bytes"], told["large"]["resource_type"]) == (6 * 2**20 + 5, "raw")
    assert httpx.get(told["large"]["url"]).content.startswith(b"fototecafototeca")


def test_search(told: dict[str, Any]) -> None:
    assert [resource["public_id"] for resource in told["search"]["resources"]] == ["node/a b", "node/stream"]
    assert told["search"]["aggregations"] == {"format": {"jpg": 2}}
    assert told["search"]["resources"][0]["context"] == {"caption": "a|b=c"}
    assert "next_cursor" not in told["last"]
    assert told["folders"]["folders"][0]["path"] == "node/sub"
    assert [resource["public_id"] for resource in told["visual"]["resources"]]


def test_signed_urls(told: dict[str, Any]) -> None:
    # By now one of the two is deleted, and so is the other: the URL tells the present.
    answer = httpx.get(told["url"])
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=600")
    assert answer.json()["total_count"] == 0
    assert httpx.get(told["cursorUrl"]).status_code == 200
    assert httpx.get(told["foreign"]).status_code == 200


def test_the_admin_api(told: dict[str, Any]) -> None:
    assert told["resource"]["public_id"] == "node/a b"
    assert [folder["path"] for folder in told["subfolders"]["folders"]] == ["node/sub"]
    assert told["error"]["message"] == "Resource not found - nothing"
    assert told["destroy"] == {"result": "ok"}
    assert told["deleted"]["deleted"] == {"node/a b": "deleted"}
