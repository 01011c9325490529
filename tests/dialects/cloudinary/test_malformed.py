"""Requests that no client would send: each is told what is wrong, and none meets a defect."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from fototeca.library import Installation
from fototeca.server import create_app
from fototeca.settings import Settings
from tests.server.helpers import ask, picture

READABLE = {200, 400, 401, 403, 404, 409, 420, 429, 500}
ODD: tuple[Any, ...] = (
    *(None, "", "x", "é\0", "a" * 5_000, -1, 2**70, 1.5, True, [], ["a", 1, None], [["x"]], {}, {"a": {"b": 1}}),
    *("[", "{", '{"a":1}', "1,2", "a=b|c", "2024-01-01", "../..", "?", {"values": [1]}),
)
ROUTES: dict[str, tuple[str, ...]] = {
    "POST resources/search": (
        "expression",
        "sort_by",
        "max_results",
        "next_cursor",
        "aggregate",
        "with_field",
        "fields",
    ),
    "POST folders/search": ("expression", "sort_by", "max_results", "next_cursor"),
    "POST resources/visual_search": ("text", "image_url", "image_asset_id", "image_file", "threshold", "max_results"),
    "POST image/upload": (
        "file",
        "public_id",
        "tags",
        "context",
        "metadata",
        "eager",
        "type",
        "face_coordinates",
        "regions",
    ),
    "POST image/explicit": ("public_id", "tags", "context", "type", "moderation", "access_control"),
    "POST image/rename": ("from_public_id", "to_public_id", "to_type", "overwrite"),
    "POST image/destroy": ("public_id", "type", "asset_id"),
    "POST image/tags": ("command", "tag", "public_ids", "type"),
    "POST image/context": ("command", "context", "public_ids"),
    "POST image/metadata": ("metadata", "public_ids"),
    "POST image/generate_archive": ("public_ids", "tags", "prefixes", "mode", "target_public_id", "transformations"),
    "POST delete_by_token": ("token",),
    "GET resources/image": ("prefix", "start_at", "direction", "max_results", "next_cursor", "fields"),
    "GET resources/image/context": ("key", "value"),
    "GET resources/by_asset_ids": ("asset_ids",),
    "POST resources/image/upload/odd": (
        "tags",
        "context",
        "display_name",
        "asset_folder",
        "moderation_status",
        "metadata",
    ),
    "DELETE resources/image/upload": ("public_ids", "prefix", "all", "keep_original", "next_cursor", "transformations"),
    "POST resources/image/upload/restore": ("public_ids",),
    "GET tags/image": ("prefix", "max_results", "next_cursor"),
    "POST folders/odd": ("x",),
    "PUT folders/odd": ("to_folder",),
    "POST metadata_fields": ("external_id", "label", "type", "validation", "default_value", "datasource", "mandatory"),
    "PUT metadata_fields/order": ("order_by", "direction"),
    "PUT metadata_fields/odd": ("label", "validation", "default_value"),
    "PUT metadata_fields/odd/datasource": ("values",),
    "POST upload_presets": ("name", "unsigned", "tags", "transformation"),
    "POST transformations": ("name", "transformation"),
    "POST upload_mappings": ("folder", "template"),
    "POST triggers": ("uri", "event_type"),
    "POST metadata_rules": ("metadata_field_id", "condition", "result"),
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    data = tmp_path_factory.mktemp("malformed")
    with Installation(Settings.from_environment(data, {})) as installation:
        yield Client(installation, data)


class Client:
    """Asks an app in this process, with a key that may do everything."""

    def __init__(self, installation: Installation, data: Path) -> None:
        del data
        self._app = create_app(installation)
        key = self._app.state.context.authority.create_key(installation.create("odd"), name="test")
        token = base64.b64encode(f"{key.api_key}:{key.api_secret}".encode()).decode()
        self._headers = {"Authorization": f"Basic {token}"}

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**self._headers, **options.pop("headers", {})}
        return ask(self._app, method, path, headers=headers, **options)


@pytest.mark.parametrize("route", ROUTES)
def test_odd_values_are_told(client: Client, route: str) -> None:
    random = Random(route)
    method, path = route.split()
    for _ in range(25):
        values = {name: random.choice(ODD) for name in ROUTES[route] if random.random() < 0.7}
        if method == "GET":
            texts = {name: str(value) for name, value in values.items()}
            answer = client.ask(method, f"/v1_1/odd/{path}", params=texts)
        else:
            answer = client.ask(method, f"/v1_1/odd/{path}", json=values)
        assert answer.status_code in READABLE - {500}, (values, answer.text)
        if answer.status_code != 200:
            assert answer.json()["error"]["message"], values
            assert answer.headers["x-cld-error"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"[1]", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"nothing", "multipart/form-data"),
        (b"a=%ff&b[=c&[]=d", "application/x-www-form-urlencoded"),
    ],
)
def test_bodies_that_are_none(client: Client, body: bytes, kind: str) -> None:
    answer = client.ask("POST", "/v1_1/odd/resources/search", content=body, headers={"Content-Type": kind})
    assert answer.status_code in {200, 400}, answer.text
    assert "resources" in answer.json() or answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Range": "bytes 0-9/10"},
        {"X-Unique-Upload-Id": "a", "Content-Range": "bytes 5-1/10"},
        {"X-Unique-Upload-Id": "a", "Content-Range": "bytes 5-9/10"},
        {"X-Unique-Upload-Id": "a", "Content-Range": "bytes 0-99999999999/999999999999"},
        {"X-Unique-Upload-Id": "b", "Content-Range": "bytes 0-1/2"},
    ],
)
def test_parts_that_do_not_fit(client: Client, headers: dict[str, str]) -> None:
    answer = client.ask(
        "POST", "/v1_1/odd/image/upload", files={"file": ("a.png", picture((1, 2, 3)))}, headers=headers
    )
    assert answer.status_code == (200 if len(headers) == 1 else 400), answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1_1/odd/nothing", 404),
        ("/v1_1/other/ping", 401),
        ("/v1_1/odd/resources/film", 404),
        ("/v1_1/odd/usage/yesterday", 400),
        ("/odd/image/upload/nothing.jpg", 404),
        ("/nobody/image/upload/x.jpg", 404),
        ("/odd/search/x/300/e30=", 401),
    ],
)
def test_paths_that_lead_nowhere(client: Client, path: str, status: int) -> None:
    answer = client.ask("GET", path)
    assert (answer.status_code, bool(answer.json()["error"]["message"])) == (status, True)


def test_without_credentials(client: Client) -> None:
    for headers in ({"Authorization": ""}, {"Authorization": "Basic !!"}, {"Authorization": "Basic YQ=="}):
        answer = client.ask("GET", "/v1_1/odd/ping", headers=headers)
        assert answer.status_code == 401
