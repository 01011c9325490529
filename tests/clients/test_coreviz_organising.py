"""CoreViz's API: uploads, one item, its tags and versions, folders and moves, as the SDK sends them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from tests.clients.coreviz_world import World, empty
from tests.clients.test_coreviz import refused
from tests.server.conftest import Served, served
from tests.server.helpers import picture

__all__ = ("served",)
_colours = iter(range(1, 250))


@pytest.fixture(scope="module")
def world(served: Served) -> Iterator[World]:
    with empty(served, "coreviz-organising") as world:
        yield world


def new_file() -> bytes:
    return picture((next(_colours), 3, 99))


def send(world: World, content: bytes | None = None, filename: str = "photo.png", **fields: str) -> httpx.Response:
    """Send a form as the SDK does: the file in the middle, and no content type of its own."""
    parts: list[tuple[str, Any]] = [("datasetId", (None, fields.pop("datasetId", world.ids["Products"])))]
    if "path" in fields:
        parts.append(("path", (None, fields.pop("path"))))
    parts.append(("file", (filename, new_file() if content is None else content, "application/octet-stream")))
    parts += [(name, (None, value)) for name, value in fields.items()]
    return httpx.post(f"{world.served.origin}/api/upload/multipart", files=parts, headers={"x-api-key": world.key})


def upload(world: World, filename: str, **fields: str) -> str:
    answer = send(world, None, filename, **fields)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["mediaId"])


def get(world: World, id_: str) -> dict[str, Any]:
    answer = world.client.get(f"/api/media/{id_}")
    assert answer.status_code == 200, answer.text
    media: dict[str, Any] = answer.json()["media"]
    return media


def listed(world: World, path: str | None = None, **parameters: Any) -> list[str]:
    return world.names(sortBy="name", sortDirection="asc", **({"path": path} if path else {}), **parameters)


# --- uploads


def test_an_upload_is_there_at_once_and_its_blob_needs_no_header(world: World) -> None:
    content = new_file()
    answer = send(world, content, "beach.png").json()
    assert (answer["success"], answer["message"]) == (True, "File uploaded successfully")
    assert httpx.get(answer["url"]).content == content
    assert httpx.head(answer["url"]).headers["content-length"] == str(len(content))
    assert httpx.get(answer["url"], headers={"Range": "bytes=1-3"}).content == content[1:4]
    assert httpx.get(answer["url"].partition("?")[0]).status_code == 403
    media = get(world, answer["mediaId"])
    assert (media["name"], media["type"], media["width"], media["height"]) == ("beach.png", "image", 64, 48)
    assert media["sizeBytes"] == len(content)
    assert media["dataset"] == {
        "id": world.ids["Products"],
        "name": "Products",
        "organizationId": world.organization,
    }
    assert (media["versionNumber"], media["sourceMediaId"], media["createdById"]) == (1, None, None)
    assert not media.keys() & {"folderItemCount", "folderPreviews"}
    frame = media["frames"][0]
    assert (frame["mediaId"], frame["status"], frame["captions"]) == (media["id"], "active", [])


def test_the_name_is_the_field_or_the_parts_own(world: World) -> None:
    assert get(world, upload(world, "chosen.png"))["name"] == "chosen.png"
    assert get(world, upload(world, "upload", name="base"))["name"] == "base"


def test_measured_values_win_and_exif_is_kept(world: World) -> None:
    media = get(world, upload(world, "e.png", width="9999", height="1", duration="3", exif='{"Make":"Canon"}'))
    assert (media["width"], media["height"], media["duration"]) == (64, 48, None)
    assert media["metadata"]["exif"] == '{"Make":"Canon"}'


def test_uploads_go_into_folders_and_into_the_library(world: World) -> None:
    world.folder("uploads")
    id_ = upload(world, "inside.png", path=world.paths["uploads"])
    assert get(world, id_)["path"] == f"{world.paths['uploads']}.{id_}"
    loose = upload(world, "loose.png", datasetId=world.ids["Library"])
    assert get(world, loose)["dataset"]["name"] == "Library"
    assert world.names("Library", mediaId=loose) == ["loose.png"]


def test_the_same_bytes_are_one_item_and_come_back_from_the_trash(world: World) -> None:
    content = new_file()
    first = send(world, content, "one.png").json()["mediaId"]
    assert send(world, content, "two.png").json()["mediaId"] == first
    world.client.delete(f"/api/media/{first}")
    assert send(world, content, "three.png").json()["mediaId"] == first
    assert get(world, first)["name"] == "three.png"


@pytest.mark.parametrize(
    ("fields", "content", "status"),
    [
        ({"datasetId": ""}, None, 400),
        ({"datasetId": "0" * 32}, None, 404),
        ({"path": "0" * 32}, None, 400),
        ({"exif": "no json"}, None, 400),
        ({}, b"not a picture at all", 415),
        ({}, b"", 400),
        ({}, picture((1, 2, 3))[:60], 400),
    ],
)
def test_uploads_that_are_refused(world: World, fields: dict[str, str], content: bytes | None, status: int) -> None:
    assert refused(send(world, content, **fields)) == status


def test_an_upload_without_a_file(world: World) -> None:
    url = f"{world.served.origin}/api/upload/multipart"
    headers = {"x-api-key": world.key}
    assert refused(httpx.post(url, data={"datasetId": world.ids["Products"]}, headers=headers)) == 400
    assert refused(httpx.post(url, json={"datasetId": world.ids["Products"]}, headers=headers)) == 400
    assert refused(httpx.post(f"{url}?path=", data={"file": "text"}, headers={"x-api-key": ""})) == 401
    missing = f"{world.ids['Products']}.{'0' * 32}"
    assert refused(send(world, path=missing)) == 404


# --- one item


def test_rename_and_metadata_that_replaces(world: World) -> None:
    id_ = upload(world, "old.png")
    renamed = world.client.patch(f"/api/media/{id_}", json={"name": "new name.png"}).json()["media"]
    assert renamed["name"] == "new name.png"
    metadata = {"tags": {"color": ["red"]}, "description": "A red wall", "prompt": "wall", "nested": {"a": [1, None]}}
    assert world.client.patch(f"/api/media/{id_}", json={"metadata": metadata}).json()["media"]["metadata"] == metadata
    assert world.names(q="wall", mediaId=id_) == ["new name.png"], "the description is searched"
    frame = get(world, id_)["frames"][0]
    assert [caption["text"] for caption in frame["captions"]] == ["A red wall"]
    assert frame["captions"][0]["frameId"] == frame["id"]
    again = world.client.patch(f"/api/media/{id_}", json={"metadata": {"other": 1}}).json()["media"]
    assert again["metadata"] == {"other": 1, "tags": {}}
    bodies: tuple[dict[str, Any], ...] = (
        {},
        {"name": ""},
        {"name": 5},
        {"metadata": []},
        {"metadata": {"tags": ["flat"]}},
        {"metadata": {"tags": {"a": [""]}}},
        {"metadata": {"description": 5}},
    )
    for body in bodies:
        assert refused(world.client.patch(f"/api/media/{id_}", json=body)) == 400, body


def test_what_is_deleted_is_gone_everywhere(world: World) -> None:
    world.folder("bin")
    id_ = upload(world, "gone.png", path=world.paths["bin"])
    example = get(world, id_)["frameObjectId"]
    world.client.post(f"/api/media/{id_}/tags", json={"label": "only", "value": "here"})
    assert world.client.delete(f"/api/media/{id_}").json() == {"id": id_, "deletedCount": 1}
    assert refused(world.client.get(f"/api/media/{id_}")) == 404
    assert refused(world.client.delete(f"/api/media/{id_}")) == 404
    assert world.names(q="gone") == []
    assert listed(world, world.paths["bin"]) == []
    [folder] = world.browse(mediaId=world.ids["bin"])["media"]
    assert (folder["folderItemCount"], folder["folderPreviews"]) == (0, None)
    assert "only" not in world.client.get(f"/api/dataset/{world.ids['Products']}/tags").json()["tags"]
    path = f"/api/dataset/{world.ids['Products']}/media"
    assert refused(world.client.get(path, params={"similarToObjectId": example})) == 404


# --- tags


def tagged(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()["media"]["metadata"]["tags"]


def test_tags_are_added_removed_and_renamed(world: World) -> None:
    id_ = upload(world, "tagged.png")
    path = f"/api/media/{id_}/tags"

    def delete(body: Any) -> httpx.Response:
        return world.client.request("DELETE", path, json=body)

    assert tagged(world.client.post(path, json={"label": "color", "value": "red"})) == {"color": ["red"]}
    assert refused(world.client.post(path, json={"label": "color", "value": "red"})) == 409
    assert tagged(world.client.post(path, json={"label": "color", "value": "blue"})) == {"color": ["red", "blue"]}
    assert tagged(delete({"label": "color", "value": "red"})) == {"color": ["blue"]}
    assert tagged(delete({"label": "color", "value": "blue"})) == {}, "an emptied group is gone"
    for value in ("s", "m"):
        world.client.post(path, json={"label": "size", "value": value})
    world.client.post(path, json={"label": "fit", "value": "m"})
    merged = tagged(world.client.patch(path, json={"oldLabel": "size", "newLabel": "fit"}))
    assert merged == {"fit": ["m", "s"]}
    assert tagged(world.client.patch(path, json={"oldLabel": "fit", "newLabel": "a:b"})) == {"a:b": ["m", "s"]}
    assert world.names(tagFilters='{"a:b":["m"]}', recursive="true") == ["tagged.png"]
    assert tagged(delete({"label": "a:b"})) == {}
    for body in ({}, {"label": "x"}, {"label": "", "value": "y"}, {"value": "y"}, {"label": "x", "value": "v" * 300}):
        assert refused(world.client.post(path, json=body)) == 400
    assert refused(delete({"label": "nothing"})) == 404
    assert refused(delete({"label": "nothing", "value": "x"})) == 404
    assert refused(delete({})) == 400
    assert refused(world.client.patch(path, json={"oldLabel": "nothing", "newLabel": "x"})) == 404
    assert refused(world.client.patch(path, json={"oldLabel": "x"})) == 400


def test_tags_of_other_apis_and_of_the_file_are_groups_too(world: World) -> None:
    id_ = upload(world, "flat.png")
    asset = world.library.get(id_)
    facts = replace(asset.facts, keywords=("holiday", "place:Rome"))
    world.library.update([asset.id], tags=("beach", "event:wedding"), facts=facts)
    assert get(world, id_)["metadata"]["tags"] == {
        "tags": ["beach", "holiday"],
        "event": ["wedding"],
        "place": ["Rome"],
    }
    assert world.names(tags="holiday", mediaId=id_) == ["flat.png"]
    path = f"/api/media/{id_}/tags"
    world.client.request("DELETE", path, json={"label": "tags", "value": "holiday"})
    after = tagged(world.client.post(path, json={"label": "tags", "value": "sea"}))
    assert after == {"tags": ["beach", "sea"], "event": ["wedding"], "place": ["Rome"]}
    assert set(world.library.get(id_).tags) == {"beach", "event:wedding", "sea"}
    assert [hit.asset.uuid for hit in world.library.search('tag:sea tag="event:wedding"')] == [id_]


# --- versions


def test_the_only_version_is_listed_and_kept(world: World) -> None:
    id_ = upload(world, "versions.png")
    [version] = world.client.get(f"/api/media/{id_}/versions").json()["versions"]
    assert (version["id"], version["versionNumber"]) == (id_, 1)
    assert refused(world.client.delete(f"/api/media/{id_}/versions", params={"versionId": id_})) == 400
    assert refused(world.client.delete(f"/api/media/{id_}/versions", params={"versionId": "0" * 32})) == 404
    assert refused(world.client.delete(f"/api/media/{id_}/versions")) == 400
    assert world.client.patch(f"/api/media/{id_}/select-version").status_code == 200
    assert refused(world.client.patch(f"/api/media/{'0' * 32}/select-version")) == 404


# --- folders


def test_folders_are_made_reused_and_renamed(world: World) -> None:
    first = world.folder("same")
    second = world.folder("same")
    assert first != second
    assert world.folder("same", reuse=True) in {first, second}
    assert listed(world, type="folder").count("same") == 2
    got = world.client.get(f"/api/folder/{second}").json()["folder"]
    assert (got["name"], got["type"], got["blob"], got["status"]) == ("same", "folder", "folder", "active")
    assert got["datasetId"] == got["collectionId"] == world.ids["Products"]
    changed = world.client.patch(f"/api/folder/{second}", json={"name": "other", "metadata": {"note": 1}})
    assert (changed.json()["folder"]["name"], changed.json()["folder"]["metadata"]) == ("other", {"note": 1})
    assert get(world, second)["metadata"] == {"note": 1, "tags": {}}
    assert world.client.patch(f"/api/media/{second}", json={"name": "third"}).json()["media"]["name"] == "third"
    for body in ({"name": "x"}, {"datasetId": world.ids["Products"]}, {"datasetId": world.ids["Products"], "name": ""}):
        assert refused(world.client.post("/api/folder", json=body)) == 400
    wrong = {"datasetId": world.ids["Products"], "name": "x"}
    assert refused(world.client.post("/api/folder", json=wrong | {"reuse": "yes"})) == 400
    assert refused(world.client.post("/api/folder", json=wrong | {"datasetId": "0" * 32})) == 404
    assert (
        refused(world.client.post("/api/folder", json=wrong | {"path": f"{world.ids['Products']}.{'0' * 32}"})) == 404
    )
    assert refused(world.client.post("/api/folder", json=wrong | {"name": ".."})) == 400
    assert refused(world.client.patch(f"/api/folder/{second}", json={})) == 400
    assert refused(world.client.get(f"/api/folder/{'0' * 32}")) == 404


def test_a_folder_may_have_a_slash_in_its_name(world: World) -> None:
    id_ = world.folder("2026/May/Rome")
    assert get(world, id_)["name"] == "2026/May/Rome"
    assert world.folder("2026/May/Rome", reuse=True) == id_
    assert world.paths["2026/May/Rome"] == f"{world.ids['Products']}.{id_}"


def move(world: World, id_: str, destination: str | None) -> httpx.Response:
    body = {} if destination is None else {"destinationPath": destination}
    return world.client.patch(f"/api/media/{id_}/move", json=body)


def test_files_and_folders_move_with_what_is_below(world: World) -> None:
    for name, parent in (("from", ""), ("middle", "from"), ("to", "")):
        world.folder(name, parent)
    file = upload(world, "moved.png", path=world.paths["middle"])
    top = world.ids["Products"]
    moved = move(world, world.ids["from"], world.paths["to"]).json()
    assert moved == {"id": world.ids["from"], "newPath": f"{world.paths['to']}.{world.ids['from']}", "success": True}
    trail = ".".join([world.paths["to"], world.ids["from"], world.ids["middle"], file])
    assert get(world, file)["path"] == trail
    assert move(world, file, world.paths["to"]).json()["newPath"] == f"{world.paths['to']}.{file}"
    assert move(world, file, top).json()["newPath"] == f"{top}.{file}"
    assert move(world, file, top).status_code == 200, "where it is already"
    inside = f"{world.paths['to']}.{world.ids['from']}"
    assert refused(move(world, world.ids["from"], inside)) == 400
    assert refused(move(world, world.ids["to"], inside)) == 400
    assert refused(move(world, file, None)) == 400
    assert refused(move(world, "0" * 32, top)) == 404
    assert refused(move(world, file, f"{top}.{'0' * 32}")) == 404
    path = f"/api/organization/{world.organization}/datasets"
    other = world.client.post(path, json={"name": "Other"}).json()["id"]
    assert refused(move(world, file, other)) == 400
    assert refused(move(world, world.ids["to"], other)) == 400


def test_a_folder_moves_beside_one_of_its_name(world: World) -> None:
    world.folder("twin")
    nested = world.client.post(
        "/api/folder", json={"datasetId": world.ids["Products"], "name": "twin", "path": world.paths["twin"]}
    ).json()["folder"]
    assert (
        move(world, nested["id"], world.ids["Products"]).json()["newPath"] == f"{world.ids['Products']}.{nested['id']}"
    )
    assert listed(world, type="folder").count("twin") == 2


def test_a_removed_folder_takes_everything_below_with_it(world: World) -> None:
    for name, parent in (("doomed", ""), ("deep", "doomed"), ("deeper", "deep")):
        world.folder(name, parent)
    files = [upload(world, f"{name}.png", path=world.paths[name]) for name in ("doomed", "deeper")]
    kept = upload(world, "kept.png")
    answer = world.client.delete(f"/api/folder/{world.ids['doomed']}")
    assert (answer.status_code, answer.json()["deletedCount"]) == (200, 2)
    assert [world.client.get(f"/api/media/{id_}").status_code for id_ in (*files, kept)] == [404, 404, 200]
    for name in ("doomed", "deep", "deeper"):
        assert refused(world.client.get(f"/api/folder/{world.ids[name]}")) == 404
    world.folder("again")
    assert world.client.delete(f"/api/media/{world.ids['again']}").json() == {
        "id": world.ids["again"],
        "deletedCount": 0,
    }
