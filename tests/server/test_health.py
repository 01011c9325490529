from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from fototeca.library import Installation
from fototeca.server import create_app
from fototeca.settings import Settings
from tests.server.conftest import Served
from tests.server.helpers import ask, picture, upload


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with Installation(Settings.from_environment(tmp_path, {})) as installation:
        installation.create("demo")
        yield installation


def warm_app(installation: Installation) -> ASGIApp:
    app = create_app(installation)
    app.state.context.warm()
    return app


def test_a_served_app_is_alive_and_ready(served: Served) -> None:
    assert httpx.get(f"{served.origin}/healthz").json() == {"status": "ok"}
    ready = httpx.get(f"{served.origin}/readyz")
    assert ready.json() == {"status": "ok", "parts": {"catalogue": "ok", "blobs": "ok", "index": "ok"}}


def test_not_ready_before_the_indexes_have_caught_up(installation: Installation) -> None:
    answer = ask(create_app(installation), "GET", "/readyz")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (503, "not_ready", "index")


def test_not_ready_while_the_catalogue_is_gone(installation: Installation, tmp_path: Path) -> None:
    app = warm_app(installation)
    assert ask(app, "GET", "/readyz").status_code == 200
    installation.catalog.close()
    database = tmp_path / "catalog.db"
    database.rename(tmp_path / "elsewhere.db")
    database.mkdir()
    answer = ask(app, "GET", "/readyz")
    assert (answer.status_code, answer.json()["field"]) == (503, "catalogue")
    assert ask(app, "GET", "/healthz").status_code == 200
    database.rmdir()
    (tmp_path / "elsewhere.db").rename(database)
    assert ask(app, "GET", "/readyz").status_code == 200


def test_not_ready_while_nothing_can_be_stored(installation: Installation, tmp_path: Path) -> None:
    app = warm_app(installation)
    blobs = tmp_path / "blobs"
    blobs.rmdir()
    blobs.write_text("a file in the folder's place")
    answer = ask(app, "GET", "/readyz")
    assert (answer.status_code, answer.json()["field"]) == (503, "blobs")


def test_metrics_count_requests_searches_and_uploads(served: Served, client: httpx.Client) -> None:
    def value(name: str) -> float:
        text = httpx.get(f"{served.origin}/metrics").text
        found = re.search(rf"^{re.escape(name)} ([0-9.e+-]+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    names = (
        'fototeca_requests_total{method="GET",route="/v1/search",status="200"}',
        "fototeca_search_seconds_count",
        'fototeca_uploads_total{outcome="added"}',
        'fototeca_uploads_total{outcome="duplicate"}',
        'fototeca_uploads_total{outcome="failed"}',
        'fototeca_requests_total{method="GET",route="/v1/assets/{asset}",status="404"}',
        "fototeca_indexed_assets",
    )
    before = {name: value(name) for name in names}
    for _ in range(2):
        upload(client, "a.png", picture((90, 1, 1)))
    client.post("/v1/assets", files={"file": ("a.png", b"nonsense")})
    client.get("/v1/search")
    client.get("/v1/assets/123456789")
    grown = {name: value(name) - before[name] for name in names}
    assert grown == dict.fromkeys(names, 1.0)
