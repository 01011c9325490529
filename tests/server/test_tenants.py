"""Two workspaces hold the same photo, and nothing of one can be reached from the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.server.conftest import Served
from tests.server.helpers import picture, upload

PHOTO = picture((70, 80, 90))


@pytest.fixture(scope="module")
def other(served: Served) -> Iterator[httpx.Client]:
    with served.client("tenants-other") as client:
        yield client


@pytest.fixture(scope="module")
def theirs(other: httpx.Client) -> dict[str, Any]:
    return upload(other, "photo.png", PHOTO, title="Theirs", tags="secret", folder="private")


@pytest.fixture(scope="module")
def mine(client: httpx.Client, theirs: dict[str, Any]) -> dict[str, Any]:
    return upload(client, "photo.png", PHOTO, title="Mine")


def test_the_same_photo_is_an_asset_of_each(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert mine["sha256"] == theirs["sha256"]
    assert mine["id"] != theirs["id"]
    assert (mine["title"], theirs["title"]) == ("Mine", "Theirs")


def test_searches_see_only_their_own(client: httpx.Client, mine: dict[str, Any]) -> None:
    found = client.get("/v1/search").json()
    assert [hit["id"] for hit in found["hits"]] == [mine["id"]]
    assert client.get("/v1/search", params={"q": "theirs"}).json()["total"] == 0
    assert client.get("/v1/tags").json()["tags"] == []
    assert client.get("/v1/folders").json()["folders"] == []
    assert client.get("/v1/workspace").json()["assets"]["active"] == 1


@pytest.mark.parametrize("name", ["id", "uuid"])
def test_an_id_of_the_other_is_not_found(
    client: httpx.Client, mine: dict[str, Any], theirs: dict[str, Any], name: str
) -> None:
    path = f"/v1/assets/{theirs[name]}"
    for method, suffix in (
        ("GET", ""),
        ("DELETE", ""),
        ("DELETE", "?permanent=true"),
        ("POST", "/restore"),
        ("GET", "/original"),
        ("GET", "/media/original"),
    ):
        assert client.request(method, path + suffix).status_code == 404
    assert client.patch(path, json={"title": "Taken"}).status_code == 404


def test_sets_take_no_assets_of_the_other(
    client: httpx.Client, other: httpx.Client, mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    album = client.post("/v1/albums", json={"name": "Mine"}).json()["id"]
    assert client.post(f"/v1/albums/{album}/assets", json={"ids": [theirs["id"]]}).json() == {"ids": []}
    assert other.get(f"/v1/albums/{album}").status_code == 404
    body = {"ids": [theirs["id"]], "trash": True}
    assert client.post("/v1/assets/bulk", json=body).json() == {"count": 0}
    assert other.get(f"/v1/assets/{theirs['id']}").json()["status"] == "active"


def test_a_link_to_one_does_not_open_the_other(mine: dict[str, Any], theirs: dict[str, Any], workspace: str) -> None:
    link = theirs["urls"]["original"]
    assert httpx.get(link.replace("tenants-other", workspace)).status_code == 403
    assert httpx.get(link.replace(theirs["uuid"], mine["uuid"])).status_code == 403


def test_what_one_removes_the_other_keeps(client: httpx.Client, mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert client.delete(f"/v1/assets/{mine['id']}", params={"permanent": "true"}).status_code == 204
    assert httpx.get(theirs["urls"]["original"]).content == PHOTO
    assert httpx.get(mine["urls"]["original"]).status_code == 404
