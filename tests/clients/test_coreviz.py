"""CoreViz's API as its clients call it: credentials, shapes, account, collections, browsing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fototeca.assets import Scope
from fototeca.catalog import NewFace, NewObject, PersonPatch
from tests.clients.coreviz_world import SDK, World, filled
from tests.server.conftest import Served, served

__all__ = ("served",)


@pytest.fixture(scope="module")
def world(served: Served) -> Iterator[World]:
    with filled(served, "coreviz") as world:
        yield world


def refused(answer: httpx.Response) -> int:
    body = answer.json()
    assert isinstance(body["error"], str)
    assert body["error"]
    return answer.status_code


# --- credentials and shapes


def test_both_credentials_open_every_call(served: Served, world: World) -> None:
    token = served.authority.create_token(world.library.workspace)
    paths = (
        "/api/me",
        "/api/auth/organization/list",
        f"/api/organization/{world.organization}/datasets",
        f"/api/dataset/{world.ids['Products']}",
        f"/api/dataset/{world.ids['Products']}/media",
        f"/api/dataset/{world.ids['Products']}/tags",
        f"/api/media/{world.ids['root.jpg']}",
        f"/api/media/{world.ids['root.jpg']}/versions",
        f"/api/folder/{world.ids['Shoes']}",
        f"/api/search?q=x&organizationId={world.organization}",
        "/api/auth/get-session",
    )
    with httpx.Client(base_url=served.origin, headers=SDK) as client:
        for path in paths:
            for headers in (
                {"x-api-key": world.key},
                {"Authorization": f"Bearer {world.key}"},
                {"Authorization": f"bearer {token}"},
                {"Authorization": f"Bearer {token}", "x-api-key": "wrong"},
            ):
                assert client.get(path, headers=headers).status_code == 200, (path, headers)
            for headers in ({}, {"x-api-key": ""}, {"x-api-key": "wrong"}, {"Authorization": "Bearer wrong"}):
                assert refused(client.get(path, headers=headers)) == 401, (path, headers)


def test_a_reader_may_look_and_not_change(served: Served, world: World) -> None:
    headers = {"x-api-key": served.key("coreviz", Scope.READ), **SDK}
    with httpx.Client(base_url=served.origin, headers=headers) as client:
        assert client.get(f"/api/dataset/{world.ids['Products']}/media").status_code == 200
        for method, path, body in (
            ("POST", "/api/folder", {"datasetId": world.ids["Products"], "name": "x"}),
            ("PATCH", f"/api/media/{world.ids['root.jpg']}", {"name": "x"}),
            ("PATCH", f"/api/media/{world.ids['root.jpg']}/move", {"destinationPath": world.ids["Products"]}),
            ("DELETE", f"/api/media/{world.ids['root.jpg']}", None),
            ("POST", f"/api/media/{world.ids['root.jpg']}/tags", {"label": "a", "value": "b"}),
            ("POST", "/api/upload/multipart", None),
        ):
            assert refused(client.request(method, path, json=body)) == 403, path


def test_checks_come_in_their_order(served: Served, world: World) -> None:
    nowhere = f"/api/dataset/{'0' * 32}/media?limit=0"
    with httpx.Client(base_url=served.origin, headers=SDK) as client:
        assert refused(client.get(nowhere)) == 401
    assert refused(world.client.get(nowhere)) == 404
    assert refused(world.client.get(f"/api/dataset/{world.ids['Products']}/media?limit=0")) == 400


@pytest.mark.parametrize(
    "path",
    ["/api/media", "/api/media/x/y/z", "/api/dataset", "/api/ai/nothing", "/api/upload", "/api/organization/x/y"],
)
def test_unknown_paths_are_refused_in_the_same_shape(world: World, path: str) -> None:
    assert refused(world.client.get(path)) in {404, 405}


def test_bodies_need_no_particular_content_type(world: World) -> None:
    path = f"/api/media/{world.ids['root.jpg']}"
    with httpx.Client(base_url=world.served.origin, headers={"x-api-key": world.key}) as client:
        body = json.dumps({"metadata": {"tags": {"color": ["red"]}}}).encode()
        for headers in ({}, {"Content-Type": "text/plain"}, {"Content-Type": "application/json"}):
            assert client.patch(path, content=body, headers=headers).status_code == 200
        for bad in (b"no json", b"[1]", b'"x"', b"\xff", b"[" * 100_000):
            assert refused(client.patch(path, content=bad)) == 400
        assert refused(client.patch(path, content=b"")) == 400
        assert client.patch(f"{path}/select-version", headers={"Content-Type": "application/json"}).status_code == 200


def test_browsers_may_ask_from_other_origins(world: World) -> None:
    asked = {
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization,x-api-key,content-type",
    }
    origin = {"Origin": "https://app.example.org"}
    for path in ("/api/me", f"/api/dataset/{world.ids['Products']}/media"):
        answer = httpx.options(world.served.origin + path, headers=origin | asked)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "x-api-key" in answer.headers["access-control-allow-headers"]
        assert world.client.get(path, headers=origin).headers["access-control-allow-origin"] == "*"
    failed = httpx.get(f"{world.served.origin}/api/me", headers=origin)
    assert failed.headers["access-control-allow-origin"] == "*"


# --- account and collections


def test_who_is_asking(world: World) -> None:
    me = world.client.get("/api/me").json()
    assert me.keys() == {"userId", "email", "name", "organizationId", "organizationName"}
    assert me["organizationName"] == "coreviz"
    [organization] = world.client.get("/api/auth/organization/list").json()
    assert organization == {"id": me["organizationId"], "name": "coreviz", "slug": "coreviz"}


def test_collections_are_listed_made_and_changed(world: World) -> None:
    path = f"/api/organization/{world.organization}/datasets"
    made = world.client.post(path, json={"name": "Summer", "icon": "☀"}).json()
    assert made == {
        "id": made["id"],
        "name": "Summer",
        "icon": "☀",
        "type": "default",
        "organizationId": world.organization,
    }
    assert made in world.client.get(path).json()
    assert world.client.get(f"/api/dataset/{made['id']}").json() == {"dataset": made}
    changed = world.client.patch(f"/api/dataset/{made['id']}", json={"name": "Winter"}).json()["dataset"]
    assert changed == made | {"name": "Winter"}
    bare = world.client.patch(f"/api/dataset/{made['id']}", json={"icon": ""}).json()["dataset"]
    assert "icon" not in bare
    for body in ({}, {"name": ""}, {"name": 5}):
        assert refused(world.client.post(path, json=body)) == 400
        assert refused(world.client.patch(f"/api/dataset/{made['id']}", json=body)) == 400
    assert refused(world.client.patch(f"/api/dataset/{world.ids['Library']}", json={"name": "x"})) == 403
    assert refused(world.client.get(f"/api/organization/{'0' * 32}/datasets")) == 403
    assert refused(world.client.get(f"/api/dataset/{'0' * 32}")) == 404


def test_the_library_holds_everything_whatever_brought_it(world: World) -> None:
    found = world.names("Library", recursive="true", type="image")
    assert set(found) >= {"nobody's.jpg", "elsewhere.jpg", "root.jpg", "left.jpg"}
    assert set(world.names("Library", type="folder")) >= {"other", "products"}


def test_tags_of_a_collection_are_sorted(world: World) -> None:
    tags = world.client.get(f"/api/dataset/{world.ids['Products']}/tags").json()
    assert tags == {"tags": {"color": ["blue", "green", "red"], "size": ["9"], "tags": ["sale"]}}


# --- browsing


def test_a_bare_call_lists_the_root_newest_first(world: World) -> None:
    body = world.browse()
    assert [item["name"] for item in body["media"]] == ["Empty", "Alpha.jpg", "Shoes", "root.jpg", "elsewhere.jpg"]
    assert body["pagination"] == {"total": 5, "limit": 10, "offset": 0, "hasMore": False}


KINDS: dict[str, tuple[type, ...]] = {
    "id": (str,),
    "name": (str,),
    "type": (str,),
    "blob": (str,),
    "path": (str,),
    "datasetId": (str,),
    "width": (int, type(None)),
    "height": (int, type(None)),
    "duration": (float, type(None)),
    "sizeBytes": (int,),
    "createdAt": (str,),
    "updatedAt": (str,),
    "status": (str,),
    "metadata": (dict,),
    "totalVersions": (int,),
    "frameObjectId": (str, type(None)),
    "folderItemCount": (int, type(None)),
    "folderPreviews": (list, type(None)),
    "frames": (list,),
}


def test_every_item_has_every_field(world: World) -> None:
    for item in world.browse(recursive="true", limit=100)["media"]:
        for name, kinds in KINDS.items():
            assert isinstance(item[name], kinds), (item["name"], name)
        assert item["path"].split(".")[0] == item["datasetId"] == world.ids["Products"]
        assert item["path"].endswith(item["id"])
        assert len(item["id"]) == 32
        assert "_score" not in item
        if item["type"] == "folder":
            assert (item["blob"], item["sizeBytes"], item["frames"]) == ("folder", 0, [])
        else:
            assert item["frames"][0]["objects"][0]["id"] == item["frameObjectId"]


def test_an_image_is_one_frame_and_one_object_at_least(world: World) -> None:
    item = next(i for i in world.browse()["media"] if i["name"] == "root.jpg")
    assert item["createdAt"] == "2026-05-02T12:00:00.000Z"
    assert item["path"] == f"{world.ids['Products']}.{item['id']}"
    assert item["metadata"]["tags"] == {"color": ["red"]}
    [frame] = item["frames"]
    assert (frame["timestamp"], frame["width"], frame["height"]) == ("0", 64, 48)
    [whole] = frame["objects"]
    assert whole["polygon"] == [{"x": 0, "y": 0}, {"x": 64, "y": 0}, {"x": 64, "y": 48}, {"x": 0, "y": 48}]


def test_nested_folders_and_recursion(world: World) -> None:
    shoes, left = world.paths["Shoes"], world.paths["Left"]
    assert world.names(path=shoes) == ["clip.mp4", "blue shoe.jpg", "red shoe.jpg", "Left"]
    assert world.names(path=left) == ["left.jpg"]
    assert world.names(path=shoes, recursive="true") == [
        "clip.mp4",
        "left.jpg",
        "blue shoe.jpg",
        "red shoe.jpg",
        "Left",
    ]
    assert len(world.names(recursive="true")) == 10
    assert world.names(recursive="1", type="folder") == ["Empty", "Left", "Shoes"]
    item = world.browse(path=left)["media"][0]
    assert item["path"] == ".".join([world.ids["Products"], world.ids["Shoes"], world.ids["Left"], item["id"]])


def test_paths_that_lead_elsewhere(world: World) -> None:
    products = world.ids["Products"]
    nowhere = {"media": [], "pagination": {"total": 0, "limit": 10, "offset": 0, "hasMore": False}}
    assert world.browse(path=f"{products}.{'0' * 32}") == nowhere
    assert world.browse(path=f"{products}.{world.ids['root.jpg']}") == nowhere, "a file is no container"
    assert refused(world.client.get(f"/api/dataset/{products}/media", params={"path": "0" * 32})) == 400
    hyphens = f"{products[:8]}-{products[8:12]}-{products[12:16]}-{products[16:20]}-{products[20:]}".upper()
    assert world.client.get(f"/api/dataset/{hyphens}/media", params={"path": hyphens}).json() == world.browse()


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"type": "folder"}, ["Empty", "Shoes"]),
        ({"type": "image"}, ["Alpha.jpg", "root.jpg", "elsewhere.jpg"]),
        ({"type": "video", "recursive": "true"}, ["clip.mp4"]),
        ({"type": "pdf", "recursive": "true"}, []),
        ({"type": "all", "dateFrom": "2026-05-04", "dateTo": "2026-05-04"}, ["Alpha.jpg"]),
        ({"dateFrom": "2026-05-03", "dateTo": "2026-05-04"}, ["Alpha.jpg", "Shoes"]),
        ({"dateFrom": "2026-05-07"}, ["Empty"]),
        ({"dateTo": "2026-05-02"}, ["root.jpg", "elsewhere.jpg"]),
        ({"dateFrom": "2026-05-09", "dateTo": "2026-05-01"}, []),
        ({"sortBy": "name", "sortDirection": "asc"}, ["Alpha.jpg", "elsewhere.jpg", "Empty", "root.jpg", "Shoes"]),
        ({"sortBy": "name"}, ["Shoes", "root.jpg", "Empty", "elsewhere.jpg", "Alpha.jpg"]),
        ({"sortBy": "createdAt", "sortDirection": "asc"}, ["elsewhere.jpg", "root.jpg", "Shoes", "Alpha.jpg", "Empty"]),
        ({"tagFilters": '{"color":["red"]}', "recursive": "true"}, ["red shoe.jpg", "root.jpg"]),
        (
            {"tagFilters": '{"color":["red","green"],"size":["9"]}', "recursive": "true"},
            ["left.jpg", "red shoe.jpg"],
        ),
        ({"tagFilters": '{"color":["RED"]}', "recursive": "true"}, []),
        ({"tagFilters": '{"tags":["sale"]}', "recursive": "true"}, ["blue shoe.jpg"]),
        ({"tagFilters": "{}", "type": "folder"}, ["Empty", "Shoes"]),
        ({"tagFilters": '{"color":[]}', "type": "folder"}, ["Empty", "Shoes"]),
        (
            {"tagFilters": '{"color":["red"]}', "type": "image", "dateFrom": "2026-05-05", "recursive": "true"},
            ["red shoe.jpg"],
        ),
        ({"tags": "blue, green", "recursive": "true"}, ["left.jpg", "blue shoe.jpg"]),
        ({"tags": "size", "recursive": "true"}, ["left.jpg", "red shoe.jpg"]),
        ({"tags": "nothing", "recursive": "true"}, []),
        ({"tags": " , ", "type": "folder"}, ["Empty", "Shoes"]),
        ({"q": "", "path": "", "limit": "", "unknown": "x", "type": "folder"}, ["Empty", "Shoes"]),
    ],
)
def test_filters_and_orders(world: World, parameters: dict[str, str], expected: list[str]) -> None:
    assert world.names(**parameters) == expected


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_what_lacks_a_value_comes_last(world: World, direction: str) -> None:
    described = world.names(recursive="true", type="image", sortBy="description", sortDirection=direction)
    assert described[:2] == (["left.jpg", "Alpha.jpg"] if direction == "asc" else ["Alpha.jpg", "left.jpg"])
    assert world.names(recursive="true", sortBy="prompt", sortDirection=direction)[0] == "Alpha.jpg"
    kinds = [item["type"] for item in world.browse(recursive="true", sortBy="type", sortDirection=direction)["media"]]
    assert kinds == sorted(kinds, reverse=direction == "desc")


@pytest.mark.parametrize(
    "parameters",
    [
        {"dateFrom": "2026-02-30"},
        {"dateTo": "yesterday"},
        {"dateTo": "2026-5-1"},
        {"tagFilters": "no json"},
        {"tagFilters": "[]"},
        {"tagFilters": '{"a":"b"}'},
        {"tagFilters": '{"a":[1]}'},
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "abc"},
        {"offset": "-1"},
        {"offset": "x"},
        {"type": "audio"},
        {"sortBy": "size"},
        {"sortDirection": "up"},
        {"recursive": "maybe"},
        {"minScore": "much"},
        {"minScore": "nan"},
        {"q": "x", "similarToObjectModel": "cars"},
    ],
)
def test_bad_parameters(world: World, parameters: dict[str, str]) -> None:
    assert refused(world.client.get(f"/api/dataset/{world.ids['Products']}/media", params=parameters)) == 400


def test_limits_are_echoed(world: World) -> None:
    assert world.browse(limit=5000)["pagination"]["limit"] == 200
    page = world.browse(limit=2, offset=1)
    assert page["pagination"] == {"total": 5, "limit": 2, "offset": 1, "hasMore": True}
    assert world.browse(offset=99) == {
        "media": [],
        "pagination": {"total": 5, "limit": 10, "offset": 99, "hasMore": False},
    }
    far = world.browse(offset=10**12, recursive="true")
    assert (far["media"], far["pagination"]["hasMore"]) == ([], False)
    assert world.browse(offset=10**12, q="red")["media"] == []


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("sort", ["createdAt", "name", "type", "description", "prompt"])
def test_pages_join_to_the_whole(world: World, sort: str, direction: str) -> None:
    asked = {"recursive": "true", "sortBy": sort, "sortDirection": direction}
    whole = world.names(**asked)
    for size in (1, 3):
        pages = [world.names(**asked, limit=size, offset=start) for start in range(0, len(whole) + 1, size)]
        assert [name for page in pages for name in page] == whole


def test_one_item_wherever_it_lies(world: World) -> None:
    assert world.names(mediaId=world.ids["left.jpg"]) == ["left.jpg"]
    assert world.names(mediaId=world.ids["Left"]) == ["Left"]
    assert world.names(mediaId=world.ids["left.jpg"], type="video") == []
    assert world.names(mediaId=world.ids["nobody's.jpg"]) == []
    assert world.names(mediaId="0" * 32) == []


def test_folders_count_and_preview_what_is_below(world: World) -> None:
    folders = {item["name"]: item for item in world.browse(type="folder", recursive="true")["media"]}
    assert {name: item["folderItemCount"] for name, item in folders.items()} == {"Shoes": 4, "Left": 1, "Empty": 0}
    assert folders["Empty"]["folderPreviews"] is None
    newest = [world.ids[name] for name in ("clip.mp4", "left.jpg", "blue shoe.jpg")]
    previews = folders["Shoes"]["folderPreviews"]
    assert len(previews) == 3
    assert all(id_ in link for id_, link in zip(newest, previews, strict=True))


def test_clusters_are_people(world: World) -> None:
    ann = world.library.people.create(PersonPatch(name="Ann"))
    world.library.records.faces.add(
        world.numbers["left.jpg"], [NewFace(box=(0.1, 0.2, 0.5, 0.5), person_id=ann.id)], source="faces"
    )
    assert world.names(clusterId=ann.uuid) == ["left.jpg"]
    assert world.names(clusterId="0" * 32) == []
    item = world.browse(clusterId=ann.uuid)["media"][0]
    whole, face = item["frames"][0]["objects"]
    assert (whole["type"], face["type"], face["label"]) == ("object", "face", "Ann")
    assert face["polygon"][0] == {"x": 6.4, "y": 9.6}


def test_a_videos_frames_come_in_their_order_with_their_objects(world: World) -> None:
    number = world.numbers["clip.mp4"]
    first, second = world.library.records.frames.replace(number, [0.0, 4.5])
    new = [NewObject(label="dog", box=(0.0, 0.0, 0.5, 0.5), score=0.9, frame_id=second.id)]
    world.library.records.objects.replace(number, new)
    [item] = world.browse(mediaId=world.ids["clip.mp4"])["media"]
    assert (item["type"], item["duration"]) == ("video", 9.5)
    assert [frame["timestamp"] for frame in item["frames"]] == ["0", "4.5"]
    assert [[thing["label"] for thing in frame["objects"]] for frame in item["frames"]] == [["frame"], ["frame", "dog"]]
    assert item["frameObjectId"] == item["frames"][0]["objects"][0]["id"]
    assert first.id != second.id


def test_nothing_of_another_workspace_is_there(served: Served, world: World) -> None:
    headers = {"x-api-key": served.key("coreviz-other"), **SDK}
    with httpx.Client(base_url=served.origin, headers=headers) as other:
        me = other.get("/api/me").json()
        assert me["organizationId"] != world.organization
        assert refused(other.get(f"/api/organization/{world.organization}/datasets")) == 403
        assert refused(other.get("/api/search", params={"q": "x", "organizationId": world.organization})) == 403
        file, folder, products = world.ids["root.jpg"], world.ids["Shoes"], world.ids["Products"]
        calls: tuple[tuple[str, str, Any], ...] = (
            ("GET", f"/api/dataset/{products}", None),
            ("PATCH", f"/api/dataset/{products}", {"name": "x"}),
            ("GET", f"/api/dataset/{products}/media", None),
            ("GET", f"/api/dataset/{products}/tags", None),
            ("GET", f"/api/media/{file}", None),
            ("PATCH", f"/api/media/{file}", {"name": "x"}),
            ("DELETE", f"/api/media/{file}", None),
            ("GET", f"/api/media/{folder}", None),
            ("POST", f"/api/media/{file}/tags", {"label": "a", "value": "b"}),
            ("GET", f"/api/media/{file}/versions", None),
            ("PATCH", f"/api/media/{file}/move", {"destinationPath": products}),
            ("GET", f"/api/folder/{folder}", None),
            ("PATCH", f"/api/folder/{folder}", {"name": "x"}),
            ("DELETE", f"/api/folder/{folder}", None),
            ("POST", "/api/folder", {"datasetId": products, "name": "x"}),
        )
        for method, path, body in calls:
            assert refused(other.request(method, path, json=body)) == 404, path
        [library] = other.get(f"/api/organization/{me['organizationId']}/datasets").json()
        path = f"/api/dataset/{library['id']}/media"
        assert other.get(path, params={"recursive": "true"}).json()["pagination"]["total"] == 0
        assert other.get(path, params={"mediaId": file}).json()["media"] == []
        example = world.browse(mediaId=file)["media"][0]["frameObjectId"]
        assert refused(other.get(path, params={"similarToObjectId": example})) == 404
