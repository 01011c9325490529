from __future__ import annotations

import base64
import hashlib
import http.server
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fototeca.assets import Asset
from tests.server.helpers import picture, upload

WEB = picture((1, 2, 3))


@pytest.fixture
def web() -> Iterator[str]:
    """A web server that has one picture, `/cat.png`."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/cat.png" else 404)
            self.end_headers()
            self.wfile.write(WEB)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_form_adds_a_file_with_what_is_said_of_it(client: httpx.Client) -> None:
    album = client.post("/v1/albums", json={"name": "Best"}).json()["id"]
    fields = {
        "title": "Barn",
        "tags": ["farm", "house, red"],
        "metadata": '{"roll": 7, "who": ["Ann"]}',
        "folder": "2023/june",
        "rating": "4",
        "favorite": "true",
        "collection": "Buildings",
        "album": str(album),
        "taken": "2023-06-01T10:00:00",
    }
    data = picture((10, 20, 30), (64, 48))
    answer = client.post("/v1/assets", files={"file": ("barn.png", data)}, data=fields)
    assert (answer.status_code, answer.json()["duplicate"]) == (201, False), answer.text
    asset = answer.json()["asset"]
    assert asset["sha256"] == hashlib.sha256(data).hexdigest()
    assert (asset["filename"], asset["width"], asset["height"], asset["mime"]) == ("barn.png", 64, 48, "image/png")
    assert asset["tags"] == ["farm", "house", "red"]
    assert asset["metadata"] == {"roll": 7, "who": ["Ann"]}
    assert (asset["title"], asset["folder"], asset["rating"], asset["favorite"]) == ("Barn", "2023/june", 4, True)
    assert asset["taken"] == "2023-06-01T10:00:00"
    assert [place["collection"] for place in asset["memberships"]] == ["Buildings"]
    assert asset["albums"] == ["Best"]


def test_an_asset_shows_every_member_of_its_record(client: httpx.Client) -> None:
    asset = upload(client, "all.png", picture((11, 20, 30)))
    assert asset.keys() == {*Asset.__struct_fields__, "urls"}
    assert client.get(f"/v1/assets/{asset['id']}").json().keys() == asset.keys()
    assert client.get(f"/v1/assets/{asset['uuid']}", params={"fields": "id,title"}).json() == {
        "id": asset["id"],
        "title": None,
    }


def test_the_same_bytes_are_told_as_a_duplicate(client: httpx.Client) -> None:
    data = picture((12, 20, 30))
    first = upload(client, "first.png", data)
    answer = client.post("/v1/assets", files={"file": ("second.png", data)}, data={"title": "Again"})
    assert (answer.status_code, answer.json()["duplicate"]) == (200, True)
    assert (answer.json()["asset"]["id"], answer.json()["asset"]["title"]) == (first["id"], None)


def test_several_files_of_a_form_each_have_a_result(client: httpx.Client) -> None:
    files = [
        ("file", ("one.png", picture((13, 1, 1)))),
        ("file", ("broken.png", b"not a picture")),
        ("file", ("two.png", picture((13, 2, 2)))),
    ]
    answer = client.post("/v1/assets", files=files, data={"tags": "several"})
    first, broken, second = answer.json()["results"]
    assert answer.status_code == 201
    assert [first["asset"]["filename"], second["asset"]["filename"]] == ["one.png", "two.png"]
    assert broken["problem"]["code"] == "unsupported_media"
    assert client.get("/v1/assets", params={"q": "tag:several"}).json()["total"] == 2


def test_a_large_file_comes_through_whole(client: httpx.Client) -> None:
    import numpy as np
    from PIL import Image

    noise = np.random.default_rng(0).integers(0, 256, (1200, 900, 3), dtype=np.uint8)
    data = Image.fromarray(noise)
    asset = upload(client, "noise.png", _png(data))
    assert asset["bytes"] > 2**20
    body = httpx.get(asset["urls"]["original"]).content
    assert hashlib.sha256(body).hexdigest() == asset["sha256"]


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_base64(client: httpx.Client, prefix: str) -> None:
    data = picture((14, len(prefix), 30))
    sent = {"data": prefix + base64.b64encode(data).decode(), "filename": "inline.png", "tags": ["inline"]}
    answer = client.post("/v1/assets", json=sent)
    assert answer.status_code == 201, answer.text
    asset = answer.json()["asset"]
    assert (asset["filename"], asset["tags"]) == ("inline.png", ["inline"])
    assert asset["sha256"] == hashlib.sha256(data).hexdigest()


def test_a_url_is_fetched(client: httpx.Client, web: str) -> None:
    answer = client.post("/v1/assets", json={"url": f"{web}/cat.png", "title": "Cat"})
    asset = answer.json()["asset"]
    assert (answer.status_code, asset["filename"], asset["title"]) == (201, "cat.png", "Cat")
    assert asset["source"] == f"{web}/cat.png"
    missing = client.post("/v1/assets", json={"url": f"{web}/none"})
    assert (missing.status_code, missing.json()["code"]) == (422, "fetch_failed")


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"json": {}}, 400, "invalid_input"),
        ({"json": {"url": "http://a/b", "data": "YQ=="}}, 400, "invalid_input"),
        ({"json": {"data": "!!!"}}, 400, "invalid_input"),
        ({"json": {"data": "data:text/plain,hello"}}, 400, "invalid_input"),
        ({"json": {"data": "YQ=="}}, 415, "unsupported_media"),
        ({"json": {"url": "ftp://example.org/a.jpg"}}, 422, "fetch_failed"),
        ({"json": {"dat": "YQ=="}}, 400, "invalid_request"),
        ({"json": []}, 400, "invalid_request"),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400, "invalid_input"),
        ({"content": b"x", "headers": {"Content-Type": "text/plain"}}, 400, "invalid_input"),
        ({"data": {"title": "no file"}}, 400, "invalid_input"),
        ({"files": {"fil": ("a.png", WEB)}}, 400, "invalid_input"),
        ({"files": {"file": ("a.png", WEB)}, "data": {"titel": "x"}}, 400, "invalid_request"),
        ({"files": {"file": ("a.png", WEB)}, "data": {"rating": "9"}}, 400, "invalid_request"),
        ({"files": {"file": ("a.png", WEB)}, "data": {"metadata": "["}}, 400, "invalid_input"),
        ({"files": {"file": ("a.png", WEB)}, "data": {"metadata": '{"a": {"b": 1}}'}}, 400, "invalid_request"),
        ({"files": {"file": ("a.png", WEB)}, "data": {"album": "999999"}}, 404, "not_found"),
        ({"files": {"file": ("a.png", b"nonsense")}}, 415, "unsupported_media"),
        ({"files": {"file": ("a.png", picture((9, 9, 9))[:80])}}, 422, "corrupt_media"),
    ],
)
def test_a_file_that_cannot_be_added_is_explained(
    client: httpx.Client, sent: dict[str, Any], status: int, code: str
) -> None:
    before = client.get("/v1/workspace").json()["assets"]
    answer = client.post("/v1/assets", **sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert client.get("/v1/workspace").json()["assets"] == before


def test_a_change_touches_what_it_names_and_nothing_else(client: httpx.Client) -> None:
    asset = upload(client, "change.png", picture((15, 1, 1)), title="Old", tags="a,b", metadata='{"x": 1, "y": 2}')
    path = f"/v1/assets/{asset['id']}"
    changed = client.patch(path, json={"description": "New", "add_tags": ["c"], "remove_tags": ["a"]}).json()
    assert (changed["title"], changed["description"], changed["tags"]) == ("Old", "New", ["b", "c"])
    changed = client.patch(path, json={"title": None, "merge_metadata": {"z": True}, "remove_metadata": ["x"]}).json()
    assert (changed["title"], changed["metadata"]) == (None, {"y": 2, "z": True})
    assert changed["updated"] >= asset["updated"]
    for wrong in ({"titel": "x"}, {"rating": 7}, {"filename": None}, {"tags": None}, {"folder": "a//b"}):
        assert client.patch(path, json=wrong).status_code == 400


def test_trash_restore_and_removal(client: httpx.Client) -> None:
    asset = upload(client, "trash.png", picture((16, 1, 1)), tags="trashing")
    path = f"/v1/assets/{asset['id']}"

    def found(query: str) -> int:
        total: int = client.get("/v1/search", params={"q": query}).json()["total"]
        return total

    assert client.delete(path).status_code == 204
    assert (found("tag:trashing"), found("tag:trashing status:trashed")) == (0, 1)
    assert client.get(path).json()["status"] == "trashed"
    assert client.post(f"{path}/restore").json()["status"] == "active"
    assert found("tag:trashing") == 1
    assert client.delete(path, params={"permanent": "true"}).status_code == 204
    assert found("tag:trashing") == 0
    assert client.get(path).status_code == 404
    assert httpx.get(asset["urls"]["original"]).status_code == 404


@pytest.mark.parametrize("key", ["999999", "0" * 32, "nonsense", "0", "9" * 30, "-1"])
def test_an_unknown_asset_is_not_found(client: httpx.Client, key: str) -> None:
    answer = client.get(f"/v1/assets/{key}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_many_assets_change_at_once(client: httpx.Client) -> None:
    ids = [upload(client, f"bulk{i}.png", picture((17, i, 1)), folder="bulk")["id"] for i in range(4)]

    def change(**body: Any) -> int:
        answer = client.post("/v1/assets/bulk", json=body)
        assert answer.status_code == 200, answer.text
        count: int = answer.json()["count"]
        return count

    def total(query: str) -> int:
        found: int = client.get("/v1/search", params={"q": query}).json()["total"]
        return found

    assert change(ids=[*ids[:2], 999_999], add_tags=["two"], set={"rating": 5}) == 2
    assert total("tag:two rating:5 folder:bulk") == 2
    assert change(query="folder:bulk", set={"folder": "moved"}, remove_tags=["two"]) == 4
    assert (total("folder:moved"), total("tag:two"), total("folder:bulk")) == (4, 0, 0)
    assert change(query="folder:moved", trash=True) == 4
    assert total("folder:moved") == 0
    assert change(ids=ids, trash=False) == 4
    assert change(ids=ids[:1], delete=True) == 1
    assert total("folder:moved") == 3


@pytest.mark.parametrize(
    "body", [{}, {"ids": [1]}, {"ids": [1], "query": "x", "trash": True}, {"ids": [], "trash": True}, {"trash": True}]
)
def test_an_unclear_bulk_change_is_refused(client: httpx.Client, body: dict[str, Any]) -> None:
    assert client.post("/v1/assets/bulk", json=body).status_code == 400


def _png(image: Any) -> bytes:
    import io

    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()
