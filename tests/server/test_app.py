from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request

from fototeca.library import Installation
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
    """The app with everything that it does not know itself passed on, as to a dialect mounted after it."""
    app = create_app(installation)

    async def rest(request: Request) -> str:
        return str(request.scope["raw_path"].decode())

    app.add_api_route("/{rest:path}", rest, methods=["GET", "POST"], include_in_schema=False)
    return app


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    ("path", "member", "kind"),
    [
        ("/api/data/nothing/at/all", "success", bool),
        ("/api/dataset/x/y/z", "error", str),
        ("/api/media/image/upload/x.jpg", "error", str),
        ("/v1_1/demo/nothing", "error", dict),
    ],
)
def test_what_one_surface_owns_no_wider_route_of_another_takes(
    app: FastAPI, method: str, path: str, member: str, kind: type
) -> None:
    answer = ask(app, method, path)
    assert answer.status_code in {401, 404, 405}
    assert isinstance(answer.json()[member], kind)


def test_links_begin_with_the_public_url(app: FastAPI, installation: Installation) -> None:
    key = app.state.context.authority.create_key(installation.library("demo").workspace, name="test").api_key
    files = {"file": ("a.png", picture((1, 1, 1)))}
    asset = ask(app, "POST", "/v1/assets", files=files, headers={"X-API-Key": key}).json()["asset"]
    for url in asset["urls"].values():
        assert url.startswith("https://photos.example.org/media/demo/")
        assert ask(app, "GET", url.removeprefix("https://photos.example.org")).status_code == 200
