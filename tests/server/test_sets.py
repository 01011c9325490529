from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.server.helpers import picture, upload


@pytest.fixture(scope="module")
def ids(client: httpx.Client) -> list[int]:
    return [upload(client, f"{i}.png", picture((i, 7, 7)), tags=f"all,n{i}", folder="in/side")["id"] for i in range(3)]


def total(client: httpx.Client, query: str) -> int:
    found: int = client.get("/v1/search", params={"q": query}).json()["total"]
    return found


def delete(client: httpx.Client, path: str, body: dict[str, Any]) -> httpx.Response:
    return client.request("DELETE", path, json=body)


@pytest.mark.parametrize(("kind", "field"), [("albums", "album"), ("collections", "collection")])
def test_albums_and_collections_live_and_hold_assets(
    client: httpx.Client, ids: list[int], kind: str, field: str
) -> None:
    made = client.post(f"/v1/{kind}", json={"name": f"My {kind}"})
    assert made.status_code == 201
    path = f"/v1/{kind}/{made.json()['id']}"
    assert client.get(f"/v1/{kind}/{made.json()['uuid']}").json()["name"] == f"My {kind}"
    assert client.patch(path, json={"name": "Renamed", "description": "Text"}).json()["description"] == "Text"
    assert client.patch(path, json={"description": None}).json().get("description") is None
    assert client.post(f"{path}/assets", json={"ids": [*ids[:2], 999_999]}).json() == {"ids": ids[:2]}
    assert total(client, f"{field}:renamed") == 2
    assert client.get(path).json()["count"] == 2
    assert delete(client, f"{path}/assets", {"ids": [ids[0], ids[2]]}).json() == {"ids": ids[:1]}
    assert total(client, f"{field}:renamed") == 1
    assert [each["name"] for each in client.get(f"/v1/{kind}").json()[kind]] == ["Renamed"]
    assert client.delete(path).status_code == 204
    assert (client.get(path).status_code, total(client, f"{field}:renamed")) == (404, 0)
    assert total(client, "tag:all") == 3


def test_a_place_in_a_collection(client: httpx.Client, ids: list[int]) -> None:
    path = f"/v1/collections/{client.post('/v1/collections', json={'name': 'Signs', 'slug': 'signs'}).json()['slug']}"
    client.post(f"{path}/assets", json={"ids": ids, "split": "train", "in_dataset": True})
    client.post(f"{path}/assets", json={"ids": ids[:1], "split": "test"})
    assert (total(client, "split:train"), total(client, "split:test"), total(client, "in_dataset:yes")) == (2, 1, 3)
    assert client.post("/v1/collections", json={"name": "Other", "slug": "signs"}).status_code == 409
    assert client.post(f"{path}/assets", json={"ids": ids, "batch_id": 999_999}).status_code == 404


def test_folders(client: httpx.Client, ids: list[int]) -> None:
    made = client.post("/v1/folders", json={"path": "a/b/c"})
    assert (made.status_code, made.json()["path"]) == (201, "a/b/c")
    paths = [folder["path"] for folder in client.get("/v1/folders").json()["folders"]]
    assert paths == ["a", "a/b", "a/b/c", "in", "in/side"]
    top = client.get("/v1/folders", params={"parent": ""}).json()["folders"]
    assert [folder["path"] for folder in top] == ["a", "in"]
    [inside] = client.get("/v1/folders", params={"parent": "in"}).json()["folders"]
    assert inside["count"] == len(ids)
    moved = client.patch(f"/v1/folders/{inside['id']}", json={"path": "a/moved"})
    assert moved.json()["path"] == "a/moved"
    assert (total(client, "folder:a"), total(client, "folder:in")) == (3, 0)
    assert client.delete(f"/v1/folders/{inside['id']}").status_code == 409
    assert client.delete(f"/v1/folders/{made.json()['id']}").status_code == 204
    assert client.get(f"/v1/folders/{made.json()['id']}").status_code == 404
    for wrong in ("a//b", "../x", "/"):
        assert client.post("/v1/folders", json={"path": wrong}).status_code == 400


def test_tags_are_renamed_and_removed_everywhere(client: httpx.Client, ids: list[int]) -> None:
    def tags() -> dict[str, int]:
        return {each["value"]: each["count"] for each in client.get("/v1/tags").json()["tags"]}

    client.patch(f"/v1/assets/{ids[0]}", json={"add_tags": ["with/slash", "ALL"]})
    client.delete(f"/v1/assets/{ids[2]}")
    assert tags() == {"all": 2, "ALL": 1, "n0": 1, "n1": 1, "with/slash": 1}
    assert client.patch("/v1/tags/all", json={"name": "every"}).json() == {"count": 3}
    assert client.patch("/v1/tags/n0", json={"name": "n1"}).json() == {"count": 1}
    assert client.delete("/v1/tags/with%2Fslash").json() == {"count": 1}
    assert client.delete("/v1/tags/unknown").json() == {"count": 0}
    assert tags() == {"every": 2, "n1": 2, "ALL": 1}
    client.post(f"/v1/assets/{ids[2]}/restore")
    assert tags()["every"] == 3
    assert client.get("/v1/tags", params={"q": "tag:ALL", "limit": 1}).json()["tags"][0]["value"]
