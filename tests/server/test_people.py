"""People and faces through the API; the faces are drawn, as there are no models here."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.server.conftest import Served
from tests.server.helpers import picture, upload


@pytest.fixture(scope="module")
def asset(client: httpx.Client) -> int:
    return int(upload(client, "two.png", picture((200, 10, 10), (200, 100)))["id"])


def ok(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def draw(client: httpx.Client, asset: int, **whose: Any) -> dict[str, Any]:
    face: dict[str, Any] = ok(
        client.post("/v1/faces", json={"asset": asset, "box": [0.1, 0.1, 0.3, 0.5], **whose}), 201
    )
    return face


def total(client: httpx.Client, query: str) -> int:
    return int(ok(client.get("/v1/search", params={"q": query}))["total"])


def test_a_face_becomes_a_person_with_a_name(client: httpx.Client, asset: int) -> None:
    face = draw(client, asset)
    assert face["id"] in [one["id"] for one in ok(client.get("/v1/faces"))["faces"]]
    ann = ok(client.post("/v1/people", json={"name": "Ann", "faces": [face["id"]]}), 201)
    assert (ann["name"], ann["count"], ann["cover_face_id"]) == ("Ann", 1, face["id"])
    assert total(client, "person:ann") == total(client, "only:Ann") == 1
    [shown] = ok(client.get("/v1/faces", params={"asset": asset}))["faces"]
    assert (shown["person"], shown["confirmed"]) == ("Ann", True)
    changed = ok(client.patch(f"/v1/people/{ann['id']}", json={"name": "Anna", "hidden": True, "favorite": True}))
    assert (changed["name"], changed["hidden"], changed["favorite"]) == ("Anna", True, True)
    assert total(client, "person:anna") == 1
    assert ann["id"] not in [one["id"] for one in ok(client.get("/v1/people"))["people"]]
    assert ann["id"] in [one["id"] for one in ok(client.get("/v1/people", params={"hidden": True}))["people"]]
    ok(client.delete(f"/v1/people/{ann['uuid']}"), 204)
    assert ok(client.get(f"/v1/faces/{face['id']}")).get("person_id") is None
    ok(client.delete(f"/v1/faces/{face['id']}"), 204)


def test_people_are_split_and_merged(client: httpx.Client, asset: int) -> None:
    ids = [draw(client, asset)["id"] for _ in range(3)]
    cy = ok(client.post("/v1/people", json={"name": "Cy", "faces": ids}), 201)
    di = ok(client.post(f"/v1/people/{cy['id']}/split", json={"faces": ids[:1], "name": "Di"}), 201)
    assert [one["id"] for one in ok(client.get(f"/v1/people/{di['id']}/faces"))["faces"]] == ids[:1]
    assert [one["id"] for one in ok(client.get(f"/v1/people/{cy['id']}/faces", params={"after": ids[1]}))["faces"]] == [
        ids[2]
    ]
    moved = ok(client.patch(f"/v1/faces/{ids[1]}", json={"person_id": di["id"]}))
    assert moved["person"] == "Di"
    assert ok(client.post(f"/v1/people/{di['id']}/merge", json={"ids": [cy["id"]]}))["name"] == "Di"
    assert client.get(f"/v1/people/{cy['id']}").status_code == 404
    assert ok(client.patch(f"/v1/faces/{ids[1]}", json={"person_id": None})).get("person_id") is None


def test_a_face_has_a_picture(client: httpx.Client, asset: int) -> None:
    answer = client.get(f"/v1/faces/{draw(client, asset)['uuid']}/thumbnail")
    assert answer.headers["content-type"] == "image/jpeg"
    assert Image.open(BytesIO(answer.content)).size == (104, 80)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/people/999999", None, 404),
        ("POST", "/v1/people", {"nome": "Ann"}, 400),
        ("POST", "/v1/people", {"name": "Ann", "faces": [999999]}, 404),
        ("PATCH", "/v1/people/999999", {"birth_date": "yesterday"}, 400),
        ("PATCH", "/v1/faces/999999", {"person_id": 1}, 404),
        ("POST", "/v1/faces", {"asset": 1, "box": [0.9, 0, 0.2, 1]}, 400),
        ("GET", "/v1/faces?asset=none", None, 404),
    ],
)
def test_mistakes(client: httpx.Client, method: str, path: str, body: Any, status: int) -> None:
    answer = client.request(method, path, json=body)
    assert answer.status_code == status, answer.text


def test_another_workspace_sees_none_of_it(served: Served, client: httpx.Client, asset: int) -> None:
    face = draw(client, asset)
    person = ok(client.post("/v1/people", json={"faces": [face["id"]]}), 201)
    with served.client("strangers-of-people") as stranger:
        assert ok(stranger.get("/v1/people"))["people"] == []
        assert stranger.get(f"/v1/people/{person['id']}").status_code == 404
        assert stranger.get(f"/v1/faces/{face['uuid']}/thumbnail").status_code == 404
        assert stranger.patch(f"/v1/faces/{face['id']}", json={"person_id": None}).status_code == 404
        assert stranger.post("/v1/people", json={"faces": [face["id"]]}).status_code == 404
