"""Every request of docs/http-api.md succeeds, in its order."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest

from tests.pictures import album
from tests.server.conftest import Served

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "http-api.md").read_text(encoding="utf-8")
REQUESTS = re.findall(r"```http\n([A-Z]+) (\S+)\n(.*?)```", GUIDE, re.DOTALL)


def test_the_guide(served: Served, client: httpx.Client, workspace: str, tmp_path: Path) -> None:
    assert len(REQUESTS) > 10
    report = served.installation.library(workspace).add(album(tmp_path / "photos"))
    ids = {"/assets/1": f"/assets/{report.ids[0]}", "[1, 2]": str(report.ids[:2])}
    for method, path, body in REQUESTS:
        for written, real in ids.items():
            path, body = path.replace(written, real), body.replace(written, real)
        answer = client.request(method, path, json=json.loads(body) if body.strip() else None)
        assert answer.is_success, (method, path, answer.text)
        if (method, path) == ("POST", "/v1/albums"):
            ids["/albums/1"] = f"/albums/{answer.json()['id']}"
    found = client.get("/v1/search", params={"q": 'title:"red beach" tag:favourite metadata.mood:calm album:summer'})
    assert found.json()["total"] == 1, "the guide's own changes are found"


@pytest.mark.parametrize("word", ["/healthz", "/readyz", "/metrics", "/v1/openapi.json"])
def test_what_the_guide_names_is_there(client: httpx.Client, word: str) -> None:
    assert word in GUIDE
    assert client.get(word).is_success
