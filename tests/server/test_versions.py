from __future__ import annotations

from itertools import count
from typing import Any

import httpx
import pytest

from fototeca.assets import Scope
from tests.server.conftest import Served
from tests.server.helpers import picture, upload

_shades = count(1)
SIZES = ((40, 30), (60, 80), (50, 50))


@pytest.fixture
def files() -> list[bytes]:
    """Bytes that no other test has."""
    shade = next(_shades)
    return [picture((shade, 10 * number, 200), size) for number, size in enumerate(SIZES)]


@pytest.fixture
def asset(served: Served, client: httpx.Client, workspace: str, files: list[bytes]) -> dict[str, Any]:
    """An asset whose file was replaced twice."""
    added = upload(client, "1.png", files[0], tags="kept")
    for number, data in enumerate(files[1:], 2):
        served.installation.library(workspace).replace(added["id"], data, f"{number}.png")
    found: dict[str, Any] = client.get(f"/v1/assets/{added['id']}").json()
    return found


def versions(client: httpx.Client, asset: dict[str, Any]) -> list[dict[str, Any]]:
    answer = client.get(f"/v1/assets/{asset['uuid']}/versions")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["versions"]
    return found


def test_versions_are_listed_with_their_files(client: httpx.Client, asset: dict[str, Any], files: list[bytes]) -> None:
    found = versions(client, asset)
    assert [(v["number"], v["current"], v["filename"]) for v in found] == [
        (1, False, "1.png"),
        (2, False, "2.png"),
        (3, True, "3.png"),
    ]
    assert [(v["width"], v["height"]) for v in found] == list(SIZES)
    assert [(v["bytes"], v["sha256"]) for v in found][2] == (len(files[2]), asset["sha256"])
    originals = [httpx.get(v["urls"]["original"]) for v in found]
    assert [answer.content for answer in originals] == files
    assert {answer.headers["content-type"] for answer in originals} == {"image/png"}
    assert "2.png" in originals[1].headers["content-disposition"]
    small = httpx.get(found[0]["urls"]["256"])
    assert (small.headers["content-type"], small.content[:2]) == ("image/jpeg", b"\xff\xd8")
    path = f"/v1/assets/{asset['id']}/media/version-{found[0]['uuid']}"
    assert client.get(path).content == files[0]
    assert client.head(f"{path}-1440").status_code == 200
    assert client.get(f"{path}-99").status_code == 404


def test_a_version_has_an_entity_tag_of_its_own(client: httpx.Client, asset: dict[str, Any]) -> None:
    first, _, third = versions(client, asset)
    urls = [version["urls"][size] for version in (first, third) for size in ("original", "256")]
    before = [httpx.head(url).headers["etag"] for url in urls]
    assert len(set(before)) == 4
    assert client.post(f"/v1/assets/{asset['id']}/versions/{first['uuid']}/choose").status_code == 200
    assert [httpx.head(url).headers["etag"] for url in urls] == before, "whatever is current"
    assert httpx.get(urls[0], headers={"If-None-Match": before[0]}).status_code == 304


def test_a_chosen_version_is_what_the_asset_shows(
    client: httpx.Client, asset: dict[str, Any], files: list[bytes]
) -> None:
    first = versions(client, asset)[0]
    chosen = client.post(f"/v1/assets/{asset['id']}/versions/{first['uuid']}/choose").json()
    assert (chosen["version"], chosen["width"], chosen["sha256"]) == (1, 40, first["sha256"])
    assert (chosen["filename"], chosen["tags"]) == ("1.png", ["kept"])
    assert httpx.get(chosen["urls"]["original"]).content == files[0]
    assert httpx.get(chosen["urls"]["256"]).content == httpx.get(first["urls"]["256"]).content
    assert [v["current"] for v in versions(client, asset)] == [True, False, False]
    assert client.get("/v1/search", params={"q": f"id:{asset['id']} width:40"}).json()["total"] == 1
    assert client.get("/v1/search", params={"q": f"id:{asset['id']} width:50"}).json()["total"] == 0


def test_a_version_is_removed(client: httpx.Client, asset: dict[str, Any]) -> None:
    path = f"/v1/assets/{asset['id']}/versions"
    first, second, third = versions(client, asset)
    after = client.delete(f"{path}/{third['uuid']}")
    assert (after.status_code, after.json()["version"], after.json()["width"]) == (200, 2, 60)
    assert client.delete(f"{path}/{first['uuid']}").json()["version"] == 2
    assert [v["uuid"] for v in versions(client, asset)] == [second["uuid"]]
    assert httpx.get(first["urls"]["original"]).status_code == 404
    refused = client.delete(f"{path}/{second['uuid']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


def test_what_is_not_there_or_not_allowed(served: Served, client: httpx.Client, asset: dict[str, Any]) -> None:
    first = versions(client, asset)[0]["uuid"]
    path = f"/v1/assets/{asset['id']}/versions"
    other = upload(client, "other.png", picture((9, 9, 9), (33, 33)))
    for wrong in (f"{path}/{'0' * 32}", f"/v1/assets/{other['id']}/versions/{first}", f"{path}/1"):
        assert client.delete(wrong).status_code == 404
        assert client.post(f"{wrong}/choose").status_code == 404
    assert client.get("/v1/assets/999999/versions").status_code == 404
    with served.client("versions", Scope.READ) as reader, served.client("versions-stranger") as stranger:
        assert len(versions(reader, asset)) == 3
        assert reader.post(f"{path}/{first}/choose").status_code == 403
        assert reader.delete(f"{path}/{first}").status_code == 403
        assert stranger.get(path).status_code == 404
        assert stranger.delete(f"{path}/{first}").status_code == 404
