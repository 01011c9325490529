from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Match

from fototeca.library import Installation
from fototeca.library.installation import RESERVED
from fototeca.server import create_app
from fototeca.settings import Settings
from tests.server.helpers import ask, picture


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    environment = {"FOTOTECA_PUBLIC_URL": "https://photos.example.org/"}
    with Installation(Settings.from_environment(tmp_path_factory.mktemp("app"), environment)) as installation:
        installation.create("demo")
        yield installation


@pytest.fixture(scope="module")
def app(installation: Installation) -> FastAPI:
    return create_app(installation)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    ("path", "member", "kind"),
    [
        ("/api/data/nothing/at/all", "success", bool),
        ("/api/dataset/x/y/z", "error", str),
        ("/api/media/image/upload/x.jpg", "error", str),
    ],
)
def test_what_one_surface_owns_no_wider_route_of_another_takes(
    app: FastAPI, method: str, path: str, member: str, kind: type
) -> None:
    answer = ask(app, method, path)
    assert answer.status_code in {401, 404, 405}
    assert isinstance(answer.json()[member], kind)


@pytest.mark.parametrize(
    ("method", "path", "room"),
    [
        ("POST", "/v1_1/demo/resources/search", "cloudinary"),
        ("GET", "/v1_1/demo/folders/a%2Fb", "cloudinary"),
        ("GET", "/demo/image/upload/v1/cat.jpg", "cloudinary"),
        ("GET", "/api/dataset/7/media", "coreviz"),
        ("GET", "/api/search?q=cat&organizationId=o", "coreviz"),
        ("GET", "/api/search?query=cat", "gumnut"),
        ("GET", "/api/assets", "gumnut"),
        ("GET", "/api/data/images", "acusight"),
        ("GET", "/?api_key=ft", "roboflow"),
        ("POST", "/demo/search/v1", "roboflow"),
        ("POST", "/demo/birds/search", "roboflow"),
    ],
)
def test_a_request_comes_to_the_dialect_whose_clients_send_it(app: FastAPI, method: str, path: str, room: str) -> None:
    path, _, query = path.partition("?")
    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": []}
    found = next(
        route.endpoint
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute) and route.original_route.matches(scope)[0] is Match.FULL
    )
    assert found.__module__.startswith(f"fototeca.dialects.{room}")


def test_no_workspace_has_a_name_that_paths_of_the_server_begin_with(app: FastAPI) -> None:
    starts = {route.path.split("/")[1] for route in iter_route_contexts(app.routes) if route.path}
    starts = {start for start in starts if re.fullmatch("[a-z0-9][a-z0-9_-]*", start)}
    assert starts == RESERVED


def test_links_begin_with_the_public_url(app: FastAPI, installation: Installation) -> None:
    key = app.state.context.authority.create_key(installation.library("demo").workspace, name="test").api_key
    files = {"file": ("a.png", picture((1, 1, 1)))}
    asset = ask(app, "POST", "/v1/assets", files=files, headers={"X-API-Key": key}).json()["asset"]
    for url in asset["urls"].values():
        assert url.startswith("https://photos.example.org/media/demo/")
        assert ask(app, "GET", url.removeprefix("https://photos.example.org")).status_code == 200
