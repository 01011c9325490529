from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from tests.server.helpers import picture, upload

PHOTOS = {
    "red.png": {"title": "Red barn", "tags": "farm,house", "rating": "5", "taken": "2023-06-01T10:00:00"},
    "green.png": {"title": "Green field", "tags": "farm", "rating": "3", "taken": "2023-07-15T10:00:00"},
    "blue.png": {"title": "Blue sea", "tags": "water", "rating": "1", "taken": "2024-01-05T10:00:00"},
}
PIXEL = base64.b64encode(picture((1, 2, 3))).decode()
COLOURS = {"red.png": (200, 20, 20), "green.png": (20, 160, 20), "blue.png": (20, 20, 200)}


@pytest.fixture(scope="module", autouse=True)
def photos(client: httpx.Client) -> dict[str, dict[str, Any]]:
    return {
        name: upload(client, name, picture(COLOURS[name], (100 + 100 * i, 100)), **fields)
        for i, (name, fields) in enumerate(PHOTOS.items())
    }


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [hit["asset"]["filename"] for hit in answer.json()["hits"]]


def test_a_word_finds_and_ranks(client: httpx.Client) -> None:
    answer = client.get("/v1/search", params={"q": "barn"})
    body = answer.json()
    assert (body["total"], names(answer)) == (1, ["red.png"])
    [hit] = body["hits"]
    assert hit["score"] > 0
    assert 0 < hit["relevance"] <= 1
    assert hit["asset"]["urls"].keys() == {"original", "256", "1440"}
    assert body["took_ms"] > 0
    assert "cursor" not in body


def test_body_and_parameters_ask_the_same(client: httpx.Client) -> None:
    asked = {"limit": 2, "sort": ["-taken"], "fields": ["filename", "id"], "min_relevance": 0.0}
    posted = client.post("/v1/search", json={"query": "tag:farm", "facets": ["tag", "rating"]} | asked).json()
    parameters: dict[str, Any] = {
        "q": "tag:farm",
        "facet": ["tag", "rating"],
        "sort": "-taken",
        "fields": "filename,id",
        "limit": 2,
    }
    got = client.get("/v1/search", params=parameters | {"min_relevance": 0}).json()
    del posted["took_ms"], got["took_ms"]
    assert posted == got
    assert [hit["asset"] for hit in got["hits"]] == [
        {"filename": "green.png", "id": got["hits"][0]["id"]},
        {"filename": "red.png", "id": got["hits"][1]["id"]},
    ]
    assert got["facets"]["tag"] == {
        "values": [{"value": "farm", "count": 2}, {"value": "house", "count": 1}],
        "missing": 0,
    }


def test_a_filter_narrows_and_does_not_rank(client: httpx.Client) -> None:
    answer = client.post("/v1/search", json={"query": "tag:farm", "filter": "rating>=4"})
    assert names(answer) == ["red.png"]
    assert answer.json()["hits"][0]["score"] is None


@pytest.mark.parametrize(
    ("sort", "first"), [("-taken", "blue.png"), ("taken", "red.png"), ("-rating,taken", "red.png")]
)
def test_sorting(client: httpx.Client, sort: str, first: str) -> None:
    assert names(client.get("/v1/search", params={"sort": sort}))[0] == first


def test_pages_meet_without_gap_or_overlap(client: httpx.Client) -> None:
    seen: list[str] = []
    cursor = None
    for _ in range(3):
        answer = client.post("/v1/search", json={"sort": ["filename"], "limit": 1, "cursor": cursor})
        seen += names(answer)
        cursor = answer.json().get("cursor")
    assert seen == ["blue.png", "green.png", "red.png"]
    assert cursor is None
    assert names(client.get("/v1/search", params={"sort": "filename", "offset": 2})) == ["red.png"]


def test_facets_by_range_and_interval(client: httpx.Client) -> None:
    ranges = [{"key": "small", "to": 200}, {"key": "large", "from": 200}]
    dates = [{"key": "summer", "from": "2023-06-01", "to": "2023-09-01"}]
    facets = [
        {"field": "width", "ranges": ranges},
        {"field": "taken", "ranges": dates},
        {"field": "digitized", "interval": "year"},
    ]
    found = client.post("/v1/search", json={"facets": facets, "limit": 0}).json()
    assert found["hits"] == []
    assert found["facets"]["width"]["values"] == [{"value": "small", "count": 1}, {"value": "large", "count": 2}]
    assert found["facets"]["taken"]["values"] == [{"value": "summer", "count": 2}]
    assert found["facets"]["digitized"] == {"values": [], "missing": 3}
    months = client.post("/v1/search", json={"facets": [{"field": "taken", "interval": "month"}]}).json()
    assert [v["value"] for v in months["facets"]["taken"]["values"]] == ["2023-06", "2023-07", "2024-01"]


def test_explain_only_when_asked(client: httpx.Client) -> None:
    assert "explain" not in client.get("/v1/search", params={"q": "tag:farm"}).json()
    assert client.get("/v1/search", params={"q": "tag:farm", "explain": "true"}).json()["explain"]


def test_likeness_without_vectors_says_what_is_missing(client: httpx.Client, photos: dict[str, dict[str, Any]]) -> None:
    answer = client.get("/v1/search", params={"like": photos["red.png"]["id"]})
    assert (answer.status_code, answer.json()["field"]) == (400, "like")
    assert "install a model" in answer.json()["detail"]


def test_a_write_is_seen_by_the_next_search(client: httpx.Client, photos: dict[str, dict[str, Any]]) -> None:
    asset = photos["blue.png"]["id"]
    client.patch(f"/v1/assets/{asset}", json={"title": "Zanzibar"})
    assert names(client.get("/v1/search", params={"q": "zanzibar"})) == ["blue.png"]
    client.patch(f"/v1/assets/{asset}", json={"title": None})
    assert names(client.get("/v1/search", params={"q": "zanzibar"})) == []


@pytest.mark.parametrize(
    ("body", "code", "members"),
    [
        ({"query": "camra:nikon"}, "invalid_query", {"position": 0, "suggestion": "camera"}),
        ({"query": "tag:farm width:abc"}, "invalid_query", {"field": "width"}),
        ({"facet": ["tag"]}, "invalid_request", {"field": "facet", "suggestion": "facets"}),
        ({"facets": [{"field": "width", "range": []}]}, "invalid_request", {"field": "range", "suggestion": "ranges"}),
        ({"facets": ["nonsense"]}, "invalid_query", {"field": "nonsense"}),
        ({"sort": ["tag"]}, "invalid_query", {"field": "tag"}),
        ({"limit": 100_000}, "invalid_request", {"field": "limit"}),
        ({"fields": ["filname"]}, "invalid_input", {"field": "filname"}),
        ({"cursor": "nonsense"}, "invalid_cursor", {}),
        ({"like": ["x"]}, "invalid_request", {}),
        ([], "invalid_request", {}),
    ],
)
def test_mistakes_are_explained(client: httpx.Client, body: Any, code: str, members: dict[str, Any]) -> None:
    answer = client.post("/v1/search", json=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, code), problem
    assert {name: problem.get(name) for name in members} == members


def test_malformed_json_and_misspelt_parameters_are_explained(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    assert client.post("/v1/search", content=b'{"query":', headers=headers).json()["code"] == "invalid_request"
    assert client.post("/v1/search", content=b"[" * 100_000, headers=headers).status_code == 400
    problem = client.get("/v1/search", params={"facets": "tag"}).json()
    assert (problem["code"], problem["suggestion"]) == ("invalid_request", "facet")


def test_counts_and_fields(client: httpx.Client) -> None:
    counted = client.get("/v1/facets", params={"field": "tag", "q": "tag:farm"}).json()
    assert (counted["total"], counted["facets"]["tag"]["values"][0]) == (2, {"value": "farm", "count": 2})
    assert client.get("/v1/facets").status_code == 400
    listed = {field["name"]: field for field in client.get("/v1/fields").json()["fields"]}
    assert listed["width"]["unit"] == "pixels"
    assert listed["taken"]["sorts"]
    assert "metadata" in listed


def test_an_example_picture_needs_to_be_one_and_vectors_to_be_compared_with(client: httpx.Client) -> None:
    for sent, about in (("no base64!", "base64"), ("eA==", "format"), (PIXEL, "vectors")):
        answer = client.post("/v1/search", json={"picture": sent})
        assert answer.status_code in {400, 415, 422}, answer.text
        assert about in answer.json()["detail"]
