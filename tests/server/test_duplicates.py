"""`/v1/duplicates`."""

from __future__ import annotations

import io

import httpx
import pytest
from PIL import Image
from skimage import data

from fototeca.assets import Scope
from tests.server.conftest import Served
from tests.server.helpers import upload

NAMES = ("astronaut", "chelsea", "coffee")


def jpeg(name: str, side: int) -> bytes:
    picture = Image.fromarray(getattr(data, name)()).convert("RGB")
    picture.thumbnail((side, side))
    target = io.BytesIO()
    picture.save(target, "JPEG")
    return target.getvalue()


@pytest.fixture(scope="module")
def groups(client: httpx.Client) -> list[list[int]]:
    """Ids of photos and their copies, the large ones first."""
    return [[upload(client, f"{name}.jpg", jpeg(name, side))["id"] for side in (300, 200)] for name in NAMES]


def test_groups_with_their_assets(client: httpx.Client, groups: list[list[int]]) -> None:
    found = client.get("/v1/duplicates", params={"fields": "filename,bytes"}).json()
    assert [group["ids"] for group in found["groups"]] == groups
    assert found["total"] == 3
    for group in found["groups"]:
        [first, second] = group["assets"]
        assert first["filename"] == second["filename"]
        assert group["spare"] == second["bytes"]
    assert found["spare"] == sum(group["spare"] for group in found["groups"])


def test_pages(client: httpx.Client, groups: list[list[int]]) -> None:
    seen, cursor = [], None
    while True:
        page = client.get("/v1/duplicates", params={"limit": 2, "cursor": cursor or 0}).json()
        assert page["total"] == 3
        seen += [group["ids"] for group in page["groups"]]
        cursor = page.get("cursor")
        if cursor is None:
            break
    assert seen == groups


def test_among_what_a_question_finds(client: httpx.Client, groups: list[list[int]]) -> None:
    found = client.get("/v1/duplicates", params={"q": "filename:coffee"}).json()
    assert [group["ids"] for group in found["groups"]] == [groups[2]]
    assert client.get("/v1/duplicates", params={"q": "colr:red"}).status_code == 400


def test_what_is_put_in_the_trash_leaves_its_group(client: httpx.Client, groups: list[list[int]]) -> None:
    change = {"ids": groups[0][1:], "trash": True}
    assert client.post("/v1/assets/bulk", json=change).json() == {"count": 1}
    assert [group["ids"] for group in client.get("/v1/duplicates").json()["groups"]] == groups[1:]
    client.post("/v1/assets/bulk", json=change | {"trash": False})
    assert client.get("/v1/duplicates").json()["total"] == 3


@pytest.mark.parametrize("parameters", [{"limit": 0}, {"limit": 201}, {"cursor": -1}, {"cursor": "x"}, {"limt": 1}])
def test_bad_parameters_are_named(client: httpx.Client, parameters: dict[str, str | int]) -> None:
    answer = client.get("/v1/duplicates", params=parameters)
    assert answer.status_code in {400, 422}
    assert next(iter(parameters)) in answer.text


def test_another_workspace_sees_nothing(served: Served, groups: list[list[int]]) -> None:
    assert groups
    with served.client("others-duplicates", Scope.READ) as other:
        assert other.get("/v1/duplicates").json() == {"total": 0, "spare": 0, "groups": []}
