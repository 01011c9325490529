from __future__ import annotations

import httpx

from tests.server.conftest import Served
from tests.server.helpers import picture, upload


def test_what_the_workspace_holds(client: httpx.Client, workspace: str) -> None:
    data = [picture((i, 50, 50)) for i in range(3)]
    assets = [upload(client, f"{i}.png", each) for i, each in enumerate(data)]
    client.delete(f"/v1/assets/{assets[0]['id']}")
    told = client.get("/v1/workspace").json()
    assert told["name"] == workspace
    assert told["assets"] == {"active": 2, "pending": 0, "trashed": 1}
    assert told["bytes"] == sum(len(each) for each in data)


def test_changes_can_be_followed(client: httpx.Client) -> None:
    start = client.get("/v1/changes").json()["head"]
    asset = upload(client, "new.png", picture((1, 60, 60)))
    client.patch(f"/v1/assets/{asset['id']}", json={"title": "Changed"})
    first = client.get("/v1/changes", params={"after": start, "limit": 1}).json()
    assert [change["action"] for change in first["changes"]] == ["created"]
    assert first["changes"][0]["entity_id"] == asset["id"]
    rest = client.get("/v1/changes", params={"after": first["changes"][-1]["sequence"]}).json()
    assert [change["action"] for change in rest["changes"]] == ["updated"]
    assert rest["head"] == start + 2


def test_keys_are_made_shown_once_listed_and_revoked(client: httpx.Client, served: Served) -> None:
    made = client.post("/v1/keys", json={"name": "web site", "scope": "read"})
    assert made.status_code == 201
    key = made.json()["api_key"]
    headers = {"X-API-Key": key}
    assert httpx.get(f"{served.origin}/v1/workspace", headers=headers).status_code == 200
    assert httpx.get(f"{served.origin}/v1/keys", headers=headers).status_code == 403
    listed = client.get("/v1/keys")
    assert key not in listed.text
    assert "digest" not in listed.text
    [entry] = [each for each in listed.json()["keys"] if each["name"] == "web site"]
    assert (entry["scope"], entry["revoked"]) == ("read", None)
    assert key.startswith(entry["hint"])
    assert client.delete(f"/v1/keys/{entry['id']}").status_code == 204
    assert httpx.get(f"{served.origin}/v1/workspace", headers=headers).status_code == 401
    assert client.delete("/v1/keys/999999").status_code == 404
    assert client.post("/v1/keys", json={"name": "x", "scope": "everything"}).status_code == 400
