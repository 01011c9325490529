"""Uploads do not wait for models unless they are asked to, and the server says what is missing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from fototeca.access import Authority
from fototeca.assets import Scope
from fototeca.library import Installation
from fototeca.server import create_app
from fototeca.server.enriching import BackgroundEnricher
from fototeca.settings import Settings
from fototeca.vision import TwoTower
from tests.server.helpers import picture, upload
from tests.vision import tiny_models as tiny


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    data: Path = tmp_path_factory.mktemp("data")
    tiny.write(data / "models" / "tiny")
    with Installation(Settings.from_environment(data, {})) as installation:
        yield create_app(installation)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> TestClient:
    """A client of an app in this process, whose background work has not begun."""
    authority: Authority = app.state.context.authority
    key = authority.create_key(app.state.context.installation.create("home"), scope=Scope.ADMIN, name="test").api_key
    return TestClient(app, headers={"Authorization": f"Bearer {key}"})


def test_an_upload_may_wait_for_the_models(client: TestClient) -> None:
    assert not upload(client, "red.png", picture((255, 0, 0)))["seen"]
    waited = upload(client, "blue.png", picture((0, 0, 255)), wait="true")
    assert waited["seen"] == ["meaning"]
    standing = client.get("/v1/enrichment").json()
    assert standing["stages"]["meaning"]["missing"] == 1
    assert set(standing["waiting"]) == {"objects", "regions", "faces", "text"}
    found = client.get("/v1/search", params={"q": "missing:embedding"}).json()
    assert [hit["asset"]["filename"] for hit in found["hits"]] == ["red.png"]
    like = client.get("/v1/search", params={"like": waited["id"]}).json()["hits"][0]
    assert like["matched"] == [{"owner": "asset", "id": waited["id"], "score": 1.0}]


def test_what_was_given_up_is_listed_and_tried_again(app: FastAPI, client: TestClient) -> None:
    library = app.state.context.installation.library("home")
    asset = library.get(upload(client, "odd.png", picture((1, 2, 3)))["id"])
    maker = client.get("/v1/enrichment").json()["stages"]["meaning"]["maker"]
    library.records.enrichments.fail("meaning", maker, [(asset, "too odd")], final=True)
    [failed] = client.get("/v1/enrichment/failed").json()["failed"]
    assert (failed["asset_id"], failed["stage"], failed["error"]) == (asset.id, "meaning", "too odd")
    assert client.post("/v1/enrichment/retry", json={"stage": "faces"}).json() == {"count": 0}
    assert client.post("/v1/enrichment/retry", json={}).json() == {"count": 1}
    assert client.get("/v1/enrichment/failed").json() == {"failed": []}


def test_the_model_is_read_before_anybody_searches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.write(tmp_path / "models" / "tiny")
    warmed = threading.Event()
    warm_up = TwoTower.warm_up

    def noted(self: TwoTower) -> None:
        warm_up(self)
        warmed.set()

    monkeypatch.setattr(TwoTower, "warm_up", noted)
    with Installation(Settings.from_environment(tmp_path, {})) as installation, BackgroundEnricher(installation):
        assert warmed.wait(30)


def test_a_broken_model_does_not_keep_the_server_from_starting(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tiny.write(tmp_path / "models" / "tiny", textual_model=b"?")
    with Installation(Settings.from_environment(tmp_path, {})) as installation:
        with BackgroundEnricher(installation):
            pass
        assert installation.workspaces() == []
    assert "searches by meaning will fail" in caplog.text


def test_the_server_enriches_beside_the_requests(app: FastAPI, client: TestClient) -> None:
    upload(client, "green.png", picture((0, 255, 0)))
    with TestClient(app, headers=dict(client.headers)) as running:
        deadline = time.monotonic() + 60
        while running.get("/v1/enrichment").json()["stages"]["meaning"]["missing"]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        new = upload(running, "later.png", picture((9, 99, 9)))
        while not running.get(f"/v1/assets/{new['id']}").json()["seen"]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert client.get("/v1/search", params={"q": "missing:embedding"}).json()["total"] == 0
