"""Searches of a workspace and of a project by the official SDK."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import pytest

from fototeca.assets import NewAsset
from fototeca.library import Library
from tests.clients.roboflow.helpers import WORKSPACE
from tests.server.conftest import Served


def test_a_page_holds_what_was_asked_for(ws: Any, searched: tuple[Any, list[str]], served: Served) -> None:
    _, images = searched
    fields = [
        "filename",
        "name",
        "width",
        "height",
        "aspectRatio",
        "tags",
        "projects",
        "split",
        "url",
        "created",
        "owner",
    ]
    fields += ["annotations", "labels", "user_metadata", "embedding", "score", "unknown"]
    page = ws.search("project:searched sort:oldest", page_size=2, fields=fields)
    assert page["total"] == 7
    assert [each["id"] for each in page["results"]] == images[:2]
    first = page["results"][0]
    assert httpx.get(first.pop("url")).status_code == 200
    assert first.pop("created") > 1e12
    assert first == {
        "id": images[0],
        "mediaType": "image",
        "filename": "photo 0.jpg",
        "name": "photo 0.jpg",
        "width": 100,
        "height": 50,
        "aspectRatio": 2.0,
        "tags": ["searched", "even"],
        "projects": ["searched"],
        "projectData": {"searched": {"split": "train", "inDataset": False}},
        "owner": WORKSPACE,
        "annotations": {"count": 0, "classes": {}},
        "labels": [],
        "user_metadata": {},
        "embedding": None,
    }
    assert ws.search("*", page_size=1, fields=[])["results"][0].keys() == {"id", "mediaType"}
    plain = ws.search("*", page_size=1)["results"][0]
    assert plain.keys() == {"id", "mediaType", "filename", "tags", "projects"}


def test_tokens_lead_to_the_end(ws: Any, searched: tuple[Any, list[str]], served: Served, key: str) -> None:
    _, images = searched
    pages = list(ws.search_all("project:searched", page_size=7))
    assert [[each["id"] for each in page] for page in pages] == [images[::-1]], (
        "the newest first; one full page, no empty one"
    )
    first = ws.search("project:searched", page_size=3)
    token = first["continuationToken"]
    second = ws.search("project:searched", page_size=3, continuation_token=token)
    assert second == ws.search("project:searched", page_size=3, continuation_token=token)
    last = ws.search("project:searched", page_size=3, continuation_token=second["continuationToken"])
    assert (len(last["results"]), last["continuationToken"], last["total"]) == (1, None, 7)
    assert [each["id"] for page in (first, second, last) for each in page["results"]] == images[::-1]
    other = served.key("tokens-other")
    for body, credential, workspace in (
        ({"query": "project:searched", "continuationToken": token[:-2]}, key, WORKSPACE),
        ({"query": "project:searched", "continuationToken": "!"}, key, WORKSPACE),
        ({"query": "tag:even", "continuationToken": token}, key, WORKSPACE),
        ({"query": "project:searched", "continuationToken": token}, other, "tokens-other"),
    ):
        answer = httpx.post(f"{served.origin}/{workspace}/search/v1", params={"api_key": credential}, json=body)
        assert answer.status_code == 400, answer.text
        assert "error" in answer.json()


def test_bad_requests_are_told(served: Served, key: str, ws: Any, errors: Any) -> None:
    url = f"{served.origin}/demo/search/v1"
    refused: list[dict[str, Any]] = [
        {"pageSize": 0},
        {"pageSize": "5"},
        {"pageSize": 2.5},
        {"mediaTypes": []},
        {"mediaTypes": ["sound"]},
        {"query": 5},
        {"fields": "tags"},
        {"query": "tag:"},
    ]
    for body in refused:
        answer = httpx.post(url, params={"api_key": key}, json=body)
        assert (answer.status_code, answer.json()["error"]["status"]) == (400, 400), body
    for content in (b"{", b"[]", b"\xff"):
        assert httpx.post(url, params={"api_key": key}, content=content).status_code == 400
    assert httpx.post(url, params={"api_key": key}).json()["total"] > 0, "nothing said is everything"
    body = {"query": None, "pageSize": 10_000, "project": "x", "mediaTypes": ["IMAGE", "video"]}
    assert httpx.post(url, params={"api_key": key}, json=body).status_code == 200
    with pytest.raises(errors.RoboflowError, match="position 11"):
        ws.search("tag:a split:dev".replace("tag:a", "tag:even  "[:10]))
    for path in ("/demo/nothing/at/all", "/demo/searched/nothing"):
        answer = httpx.post(served.origin + path, params={"api_key": key})
        assert (answer.status_code, answer.json()["error"]["message"]) == (404, "There is no such endpoint.")
    assert httpx.patch(f"{served.origin}/demo/searched", params={"api_key": key}).status_code == 405


def test_a_project_is_searched_by_each_parameter(ws: Any, searched: tuple[Any, list[str]]) -> None:
    project, images = searched

    def ids(**asked: Any) -> list[str]:
        return [each["id"] for each in project.search(**asked)]

    assert ids() == images[::-1]
    assert ids(limit=2, offset=1) == images[::-1][1:3]
    assert ids(offset=10**7) == []
    assert ids(tag="even") == images[::-2]
    assert ids(tag="even", batch=True) == images[::-2]
    assert ids(in_dataset=True) == []
    assert ids(in_dataset=False) == images[::-1]
    assert ids(class_name="cat") == []
    [batch] = project.get_batches()["batches"]
    assert ids(batch_id=batch["id"]) == images[::-1]
    assert ids(batch_id="gone") == []
    assert ids(annotation_job=False) == images[::-1]
    assert ids(annotation_job=True) == []
    assert ids(media_types=["video"]) == []
    [first] = project.search(tag="even", limit=1, fields=["id", "created", "name", "split", "tags", "owner", "width"])
    assert first.pop("created") > 1e12
    assert first == {
        "id": images[6],
        "mediaType": "image",
        "name": "photo 6.jpg",
        "split": "train",
        "tags": ["searched", "even"],
        "owner": WORKSPACE,
        "width": 106,
    }
    walked = [each["id"] for page in project.search_all(limit=3) for each in page]
    assert walked == images[::-1]


def test_a_prompt_is_honoured(searched: tuple[Any, list[str]], errors: Any) -> None:
    project, images = searched
    pages = list(project.search_all(prompt='filename:"photo 3.jpg"'))
    assert [[each["id"] for each in page] for page in pages] == [[images[3]]]
    assert len(project.search(prompt='a photo of 5" snow (blurry) OR rain')) == 7, "plain language only puts in order"
    words = [each["id"] for each in project.search(prompt="photo 4 split:valid")]
    assert words[0] == images[4]
    assert set(words) == {images[1], images[4]}
    with pytest.raises(errors.RoboflowError, match="needs a value"):
        project.search(prompt="tag:even class:")
    assert len(project.search(prompt="*")) == 7


def test_limits_are_refused_and_not_cut(served: Served, key: str, searched: tuple[Any, list[str]]) -> None:
    url = f"{served.origin}/demo/searched/search"
    for body in ({"limit": 1001}, {"limit": 0}, {"offset": -1}, {"batch": "perhaps"}):
        assert httpx.post(url, params={"api_key": key}, json=body).status_code == 400, body
    good = {"limit": 1000, "in_dataset": "false", "batch": False, "tag": ""}
    answer = httpx.post(url, params={"api_key": key}, json=good).json()
    assert (answer["total"], answer["offset"], answer["results"][0].keys()) == (7, 0, {"id", "created", "mediaType"})
    assert httpx.post(f"{served.origin}/demo/gone/search", params={"api_key": key}, json={}).status_code == 404


def test_ten_thousand_are_walked_while_others_are_added(library: Library, ws: Any) -> None:
    project = library.collections.create("Many")
    expected = set(added(library, project.id, 10_000, "before"))
    seen: list[str] = []
    for page in ws.search_all("project:many", page_size=250, fields=[]):
        seen += [each["id"] for each in page]
        added(library, project.id, 20, f"after {len(seen)}")
    assert len(seen) == len(set(seen)), "none twice"
    assert expected <= set(seen), "none lost"
    assert ws.search("project:many")["total"] > 10_000


def added(library: Library, collection: int, count: int, name: str) -> list[str]:
    """Records of images without bytes, straight into the catalogue."""
    new = [
        NewAsset(
            sha256=hashlib.sha256(f"{name} {number}".encode()).hexdigest(),
            filename=f"{name} {number}.jpg",
            format="jpg",
            mime="image/jpeg",
            bytes=1,
        )
        for number in range(count)
    ]
    made = library.records.assets.add(new)
    library.collections.put(collection, [each.id for each in made])
    return [each.uuid for each in made]
