"""CoreViz's API: the versions of a file, listed, selected and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fototeca.assets import Scope
from tests.clients.coreviz_world import World, empty
from tests.clients.test_coreviz import refused
from tests.clients.test_coreviz_organising import get, new_file, upload
from tests.server.conftest import Served, served

__all__ = ("served",)


@pytest.fixture(scope="module")
def world(served: Served) -> Iterator[World]:
    with empty(served, "coreviz-versions") as world:
        yield world


def versions_of(world: World, id_: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.client.get(f"/api/media/{id_}/versions").json()["versions"]
    return found


def replaced(world: World, name: str) -> tuple[str, list[bytes]]:
    """A file whose original was replaced twice; the bytes of all three."""
    id_ = upload(world, name)
    files = [httpx.get(get(world, id_)["blob"]).content, new_file(), new_file()]
    for number, data in enumerate(files[1:], 2):
        world.library.replace(world.library.get(id_).id, data, f"{number} {name}")
    return id_, files


def test_every_version_is_listed_with_a_blob_of_its_own(world: World) -> None:
    id_, files = replaced(world, "listed.png")
    versions = versions_of(world, id_)
    assert [(v["versionNumber"], v["name"]) for v in versions] == [
        (1, "listed.png"),
        (2, "2 listed.png"),
        (3, "3 listed.png"),
    ]
    assert [v["sourceMediaId"] for v in versions] == [id_, id_, None]
    assert versions[2] == get(world, id_)
    assert [httpx.get(v["blob"]).content for v in versions] == files, "without any header"
    assert {v["totalVersions"] for v in versions} == {3}
    earlier = world.client.get(f"/api/media/{versions[0]['id']}").json()["media"]
    assert {**earlier, "blob": ""} == {**versions[0], "blob": ""}
    assert {v["id"] for v in versions_of(world, id_)} & {item["id"] for item in world.browse(limit=100)["media"]} == {
        id_
    }


def test_an_earlier_version_is_selected(world: World) -> None:
    id_, files = replaced(world, "selected.png")
    first = versions_of(world, id_)[0]
    answer = world.client.patch(
        f"/api/media/{first['id']}/select-version", headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()) == (200, {"id": id_, "success": True})
    shown = get(world, id_)
    assert (shown["name"], shown["versionNumber"], shown["totalVersions"]) == ("selected.png", 1, 3)
    assert httpx.get(shown["blob"]).content == files[0]
    versions = versions_of(world, id_)
    assert [v["versionNumber"] for v in versions] == [1, 2, 3]
    assert [v["id"] == id_ for v in versions] == [True, False, False]
    assert world.client.patch(f"/api/media/{id_}/select-version").status_code == 200, "it is selected already"


def test_versions_are_deleted_one_by_one(world: World) -> None:
    id_, files = replaced(world, "deleted.png")
    first, second, _ = versions_of(world, id_)
    path = f"/api/media/{id_}/versions"
    answer = world.client.delete(path, params={"versionId": first["id"]})
    assert answer.json() == {"deletedId": first["id"], "promotedId": None}
    assert httpx.get(first["blob"]).status_code == 404
    assert refused(world.client.delete(path, params={"versionId": first["id"]})) == 404
    answer = world.client.delete(path, params={"versionId": id_})
    assert answer.json() == {"deletedId": id_, "promotedId": id_}, "whatever is selected goes by the id of the file"
    [left] = versions_of(world, id_)
    assert (left["id"], left["name"], left["versionNumber"]) == (id_, second["name"], 2)
    assert httpx.get(left["blob"]).content == files[1]
    assert refused(world.client.delete(path, params={"versionId": id_})) == 400, "the only one"
    assert world.client.delete(f"/api/media/{id_}").json()["deletedCount"] == 1


def test_versions_of_others_and_of_what_is_in_the_trash_are_not_there(world: World, served: Served) -> None:
    id_, _ = replaced(world, "mine.png")
    other = upload(world, "other.png")
    first = versions_of(world, id_)[0]["id"]
    assert refused(world.client.delete(f"/api/media/{other}/versions", params={"versionId": first})) == 404
    reader = {"x-api-key": served.key(world.workspace, Scope.READ)}
    stranger = {"x-api-key": served.key("stranger-to-versions")}
    for headers, status in ((reader, 403), (stranger, 404)):
        with httpx.Client(base_url=served.origin, headers=headers) as client:
            assert refused(client.patch(f"/api/media/{first}/select-version")) == status
            assert refused(client.delete(f"/api/media/{id_}/versions", params={"versionId": first})) == status
    assert world.client.delete(f"/api/media/{id_}").json()["deletedCount"] == 3
    assert refused(world.client.get(f"/api/media/{first}")) == 404
    assert refused(world.client.patch(f"/api/media/{first}/select-version")) == 404
