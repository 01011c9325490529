"""What Gumnut's clients rely on beneath the SDK: statuses, shapes of errors, spellings, headers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.server.conftest import Served, serve
from tests.server.helpers import picture


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("transport"), FOTOTECA_CORS_ORIGINS="*") as served:
        yield served


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[httpx.Client]:
    with served.client("transport") as client:
        yield client


def upload(client: httpx.Client, filename: str = "a.png", **more: Any) -> httpx.Response:
    said = {"device_asset_id": "1", "device_id": "d", "file_created_at": "2024-01-01", "file_modified_at": "2024-01-01"}
    return client.post("/api/assets", data=said | more, files={"asset_data": (filename, picture((1, 2, 3)))})


@pytest.mark.parametrize(
    "path", ["/api/assets", "/api/search?query=a", "/api/users/me", "/api/api-keys/", "/api/events"]
)
def test_without_a_good_key_nothing_is_told(served: Served, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic abc"}):
        answer = httpx.get(served.origin + path, headers=headers)
        assert (answer.status_code, answer.json()) == (401, {"detail": "Invalid or expired token"})


@pytest.mark.parametrize(
    "path",
    [
        "/api/assets?limit=0",
        "/api/assets?limit=201",
        "/api/assets?limit=x",
        "/api/assets?include=string",
        "/api/assets?local_datetime_after=yesterday",
        "/api/assets?state=gone",
        "/api/assets?ids=" + ",".join(["a"] * 201),
        "/api/search?query=a&page=0",
        "/api/search?query=a&threshold=1.5",
        "/api/people?sort=height",
        "/api/assets/geo-clusters?bbox=0,0,1,1",
        "/api/assets?album_filter=not_in_album&album_id=album_2222222222222222222222",
    ],
)
def test_what_is_not_valid_is_listed(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 422, answer.text
    for entry in answer.json()["detail"]:
        assert entry["loc"][0] == "query"
        assert entry["msg"]
        assert entry["type"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/assets/nonsense",
        "/api/assets/album_2222222222222222222222",
        "/api/albums/x",
        "/api/album-assets/album_asset_zzzzzzzzzzzzzzzzzzzzzz",
        "/api/people/person_2222222222222222222222",
        "/api/assets?album_id=x",
        "/api/assets?library_id=x",
        "/api/assets/nowhere/else",
        "/api/tasks/x",
    ],
)
def test_what_is_not_there_is_a_text(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert isinstance(answer.json()["detail"], str)


def test_bodies_are_json_objects_or_nothing(client: httpx.Client) -> None:
    for body in (b"[1]", b"{", b'"x"', b'{"ids": 5}', b"\xff"):
        answer = client.post("/api/assets/trash", content=body)
        assert answer.status_code == 422, body
    headers = {"Content-Type": "application/json"}
    assert client.post("/api/assets/empty-trash", headers=headers).json() == {}
    removed = client.request("DELETE", "/api/assets", json={"ids": []})
    assert (removed.status_code, removed.text) == (200, "{}")
    assert removed.headers["content-type"] == "application/json"


def test_both_spellings_of_a_path_are_answered(client: httpx.Client) -> None:
    for path in ("/api/api-keys", "/api/tasks", "/api/assets", "/api/libraries", "/api-keys"):
        assert client.get(path).status_code == client.get(f"{path}/").status_code == 200
    made = client.post("/api-keys/", json={"name": "by name only"})
    assert made.status_code == 201
    assert made.json()["actions"] == ["read", "write", "delete", "delete_permanently"]


def test_an_empty_value_counts_as_none(client: httpx.Client) -> None:
    asked = "limit=&starting_after_id=&include=&person_ids=&local_datetime_after=&library_id=&radius=&order="
    assert client.get(f"/api/assets?{asked}").status_code == 200
    assert client.get("/api/search?query=&person_ids=").status_code == 400


def test_an_empty_form_is_a_form(client: httpx.Client) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = client.post("/api/search", content=b"--x--\r\n", headers=headers)
    assert (answer.status_code, type(answer.json()["detail"])) == (400, str)


def test_a_plus_that_became_a_space_is_repaired(client: httpx.Client) -> None:
    assert upload(client).status_code in {200, 201}
    answer = client.get("/api/assets?local_datetime_after=2023-12-31T22:00:00+00:00")
    assert len(answer.json()["data"]) == 1


def test_an_upload_says_what_it_lacks(client: httpx.Client) -> None:
    for form in ({}, {"device_id": "d"}):
        answer = client.post("/api/assets", data=form, files={"asset_data": ("a.png", picture((1, 2, 3)))})
        assert answer.status_code == 422
    said = {"device_asset_id": "1", "device_id": "d", "file_created_at": "2024-01-01", "file_modified_at": "2024-01-01"}
    missing = client.post("/api/assets", data=said, files={"other": ("a.png", b"x")})
    assert missing.json()["detail"][0]["loc"] == ["body", "asset_data"]
    assert upload(client, "n" * 1_025 + ".png").status_code == 422
    assert client.post("/api/assets", json={}).status_code == 422


def test_browsers_may_ask_from_where_the_operator_says(served: Served, client: httpx.Client) -> None:
    asked = {"Origin": "https://x.test", "Access-Control-Request-Method": "PATCH"}
    asked["Access-Control-Request-Headers"] = "authorization"
    preflight = httpx.options(f"{served.origin}/api/faces/face_1", headers=asked)
    assert preflight.status_code in {200, 204}
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
    assert "PATCH" in preflight.headers["access-control-allow-methods"]
    for path in ("/api/libraries", "/api/assets?limit=0", "/api/assets/x"):
        assert client.get(path, headers=asked).headers["access-control-allow-origin"] == "*"


def test_the_oldest_clients_are_led_to_the_bytes(client: httpx.Client) -> None:
    asset = upload(client).json()
    assert asset["download_url"]
    whole = client.get(f"/api/assets/{asset['id']}/download", follow_redirects=True)
    assert whole.content == picture((1, 2, 3))
    for size in ("", "?size=small", "?size=fullsize"):
        led = client.get(f"/api/assets/{asset['id']}/thumbnail{size}", follow_redirects=True)
        assert led.headers["content-type"].startswith("image/")
    assert client.get(f"/api/assets/{asset['id']}/thumbnail?size=huge").status_code == 422
    box = {"x": 0, "y": 0, "w": 9, "h": 9}
    face = client.post("/api/faces", json={"asset_id": asset["id"], "bounding_box": box}).json()
    assert client.get(f"/api/faces/{face['id']}/thumbnail", follow_redirects=True).status_code == 200
    album = client.post("/api/albums", json={}).json()
    client.post(f"/api/albums/{album['id']}/assets", json={"asset_ids": [asset["id"]]})
    assert [each["id"] for each in client.get(f"/api/albums/{album['id']}/assets").json()] == [asset["id"]]


def test_a_photo_that_came_another_way_is_found_here_too(client: httpx.Client) -> None:
    added = client.post("/v1/assets", files={"file": ("native.png", picture((9, 9, 9)))}).json()["asset"]
    found = client.get("/api/search?query=native").json()["data"]
    assert [item["asset"]["original_file_name"] for item in found] == ["native.png"]
    assert found[0]["asset"]["local_datetime"]
    mine = upload(client).json()
    assert added["id"] != mine["id"]
    assert {asset["filename"] for asset in client.get("/v1/assets").json()["assets"]} >= {"native.png", "a.png"}
