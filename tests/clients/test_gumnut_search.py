"""Gumnut's official SDK, strict: search by filters, words and images."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gumnut
import httpx
import pytest
from gumnut import Gumnut
from gumnut.types import SearchResponse

from fototeca.library import Library
from tests.clients.gumnut_calls import bytes_of, connect, upload
from tests.server.conftest import Served, serve
from tests.server.helpers import picture

PHOTOS = 60
RED, ORANGE, BLUE = (250, 10, 10), (250, 120, 10), (10, 10, 250)


@pytest.fixture
def client(gumnut_client: Gumnut) -> Gumnut:
    return gumnut_client


@pytest.fixture
def library(gumnut_library: Library) -> Library:
    return gumnut_library


def ids(found: SearchResponse) -> list[str]:
    return [item.asset.id for item in found.data]


# --- filters ------------------------------------------------------------------------------------------------


def test_a_search_needs_a_criterion(client: Gumnut, gumnut_server: Served) -> None:
    for asked in ({}, {"query": "  "}, {"bbox": "-180,-90,180,90"}, {"center": "1,1", "radius": 5.0}):
        with pytest.raises(gumnut.BadRequestError) as caught:
            client.search.search(**asked)
        assert isinstance(caught.value.response.json()["detail"], str)
        with pytest.raises(gumnut.BadRequestError):
            client.search.search_assets(**asked)


def test_filters_alone_give_the_newest_first_and_no_distance(client: Gumnut) -> None:
    one, two = upload(client), upload(client)
    client.assets.update_asset(one.id, original_datetime="2023-01-01T00:00:00")
    client.assets.update_asset(two.id, original_datetime="2024-01-01T00:00:00")
    found = client.search.search(media_type="image")
    assert ids(found) == [two.id, one.id]
    assert {item.distance for item in found.data} == {None}
    assert ids(client.search.search(media_type="video")) == []
    assert ids(client.search.search_assets(media_type="image", limit=1, page=2)) == [one.id]
    client.assets.trash(ids=[two.id])
    assert ids(client.search.search(media_type="image")) == [one.id]


def test_bounds_are_strict_under_both_spellings(client: Gumnut) -> None:
    bare, offset = upload(client), upload(client)
    client.assets.update_asset(bare.id, original_datetime="2024-01-02T12:00:00.000001")
    client.assets.update_asset(offset.id, original_datetime="2024-01-02T12:00:00+05:00")
    cases: list[tuple[str, str, set[str]]] = [
        ("after", "2024-01-02T12:00:00.000001", set()),
        ("after", "2024-01-02T12:00:00", {bare.id}),
        ("after", "2024-01-02", {bare.id, offset.id}),
        ("before", "2024-01-02T12:00:00", set()),
        ("before", "2024-01-02T12:00:00.000001", {offset.id}),
        ("before", "2024-01-02T12:00:01", {bare.id, offset.id}),
        ("after", "2024-01-02T07:00:00Z", {bare.id}),
        ("after", "2024-01-02T06:59:59+00:00", {bare.id, offset.id}),
        ("before", "2024-01-02T07:00:00.000001Z", {offset.id}),
    ]
    for side, bound, expected in cases:
        told = client.search.search(extra_query={f"local_datetime_{side}": bound})
        seed = client.search.search(extra_query={f"captured_{side}": bound})
        listed = client.assets.list(extra_query={f"local_datetime_{side}": bound})
        assert set(ids(told)) == set(ids(seed)) == {asset.id for asset in listed} == expected, (side, bound)
    mixed = {"local_datetime_after": "2024-01-01", "local_datetime_before": "2025-01-01T00:00:00Z"}
    with pytest.raises(gumnut.UnprocessableEntityError):
        client.search.search(extra_query=mixed)
    both = {"captured_after": "2024-01-01", "local_datetime_after": "2024-01-02T12:00:00"}
    assert ids(client.search.search(extra_query=both)) == [bare.id]


def test_people_are_an_intersection_however_they_are_spelt(client: Gumnut, gumnut_server: Served) -> None:
    ann, bea = client.people.create(name="Ann"), client.people.create(name="Bea")
    box: Any = {"x": 0, "y": 0, "w": 9, "h": 9}
    both, only = upload(client), upload(client)
    for asset, person in ((both, ann), (both, bea), (only, ann)):
        client.faces.create(asset_id=asset.id, bounding_box=box, person_id=person.id)
    headers = {"Authorization": f"Bearer {client.api_key}"}
    joined, two = f"{ann.id}, {bea.id},", [ann.id, bea.id]
    with httpx.Client(base_url=gumnut_server.origin, headers=headers) as raw:
        answers = [
            raw.get("/api/search", params={"person_ids": joined}),
            raw.get("/api/search", params={"person_ids[]": two, "query": ""}),
            raw.post("/api/search", data={"person_ids[]": two}),
            raw.post("/api/search", data={"person_ids": joined}),
            raw.post("/api/search", params={"person_ids": two}),
            raw.post("/api/search", files=[("person_ids[]", (None, each)) for each in two]),
        ]
    for answer in answers:
        assert [item["asset"]["id"] for item in answer.json()["data"]] == [both.id], answer.text
    assert set(ids(client.search.search(person_ids=[ann.id]))) == {both.id, only.id}
    assert [asset.id for asset in client.assets.list(extra_query={"person_id": bea.id})] == [both.id]
    with pytest.raises(gumnut.UnprocessableEntityError):
        client.assets.list(person_ids=[ann.id], extra_query={"person_id": bea.id})


def test_ratings_are_exact_and_nought_is_none(client: Gumnut) -> None:
    rated, none, nought = upload(client), upload(client), upload(client)
    client.assets.update_asset(rated.id, rating=4)
    client.assets.update_asset(nought.id, rating=0)
    assert ids(client.search.search(ratings=[4])) == [rated.id]
    assert set(ids(client.search.search(ratings=[0]))) == {none.id, nought.id}
    assert len(client.search.search_assets(ratings=[0, 4]).data) == 3
    with pytest.raises(gumnut.UnprocessableEntityError):
        client.search.search(ratings=[6])


# --- words and images ---------------------------------------------------------------------------------------


def test_without_vectors_words_are_matched_as_text(client: Gumnut) -> None:
    beach = upload(client, name="beach party.png")
    upload(client, name="town.png")
    found = client.search.search(query="beach")
    assert ids(found) == [beach.id]
    assert found.data[0].distance is None
    with pytest.raises(gumnut.UnprocessableEntityError):
        client.search.search_assets(image=bytes_of())


def test_an_image_finds_itself_first(client: Gumnut, library: Library) -> None:
    data = picture(RED)
    red, orange, blue = upload(client, data), upload(client, picture(ORANGE)), upload(client, picture(BLUE))
    library.enrich()
    found = client.search.search_assets(image=("probe.png", data, "image/png"), include=["metadata"])
    assert ids(found)[:2] == [red.id, orange.id]
    distances = [item.distance for item in found.data]
    assert distances[0] == 0
    assert distances == sorted(distances, key=lambda distance: distance or 0)
    same = client.search.search_assets(image=data, extra_body={"threshold": 0})
    assert ids(same) == [red.id]
    every = client.search.search_assets(image=data, extra_body={"threshold": 1})
    assert ids(every) == [red.id, orange.id, blue.id]
    client.assets.update_asset(orange.id, rating=5)
    assert ids(client.search.search_assets(image=data, ratings=[5])) == [orange.id]
    for odd in (b"no picture", b"x" * 10):
        with pytest.raises(gumnut.UnprocessableEntityError):
            client.search.search_assets(image=odd)


@pytest.fixture(scope="module")
def seeing(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[tuple[Gumnut, dict[str, list[str]]]]:
    """A server that has a real model and photos, and the captions of these."""
    data = tmp_path_factory.mktemp("seeing")
    shutil.copytree(shared / "models" / "mini-dual", data / "models" / "mini-dual")
    photos = shared / "photos" / "captioned"
    captions = json.loads((photos / "captions.json").read_text())
    chosen = {name: captions[name] for name in sorted(captions)[:PHOTOS]}
    with serve(data) as served:
        key = served.key("home")
        library = served.installation.library("home")
        library.add(*(photos / name for name in chosen))
        library.enrich()
        with connect(served, key) as client:
            yield client, chosen


def test_words_find_what_they_mean(seeing: tuple[Gumnut, dict[str, list[str]]]) -> None:
    client, captions = seeing
    found = 0
    for name, said in captions.items():
        answer = client.search.search(query=said[0], limit=10)
        found += name in [item.asset.original_file_name for item in answer.data]
        distances = [item.distance for item in answer.data if item.distance is not None]
        assert distances == sorted(distances)
        assert all(0 <= distance <= 0.8 for distance in distances)
    assert found >= PHOTOS * 0.5


def test_pages_join_and_thresholds_nest(seeing: tuple[Gumnut, dict[str, list[str]]]) -> None:
    client, _ = seeing
    words = "a dog running"
    every = ids(client.search.search(query=words, limit=200, extra_query={"threshold": 1}))
    assert len(every) == PHOTOS
    pages = [
        client.search.search(query=words, limit=7, page=page, extra_query={"threshold": 1}) for page in range(1, 10)
    ]
    assert [id_ for page in pages for id_ in ids(page)] == every
    assert [page.has_more for page in pages] == [True] * 8 + [False]
    sizes = []
    for threshold in (0.0, 0.5, 0.6, 0.8, 0.9):
        found = client.search.search(query=words, limit=200, extra_query={"threshold": threshold})
        assert ids(found) == every[: len(found.data)]
        assert all((item.distance or 0) <= threshold + 0.001 for item in found.data)
        sizes.append(len(found.data))
    assert sizes[0] == 0
    assert sizes == sorted(sizes)
    assert sizes[-1] < PHOTOS, "what is unrelated is no answer"


def test_words_that_stand_in_a_name_follow_what_is_meant(seeing: tuple[Gumnut, dict[str, list[str]]]) -> None:
    client, captions = seeing
    name = next(iter(captions))
    stem = name.rpartition(".")[0]
    whole = [item for page in range(1, 30) for item in client.search.search(query=stem, limit=3, page=page).data]
    assert len({item.asset.id for item in whole}) == len(whole)
    assert [item.asset.original_file_name for item in whole if item.distance is None] in ([name], [])
    assert name in [item.asset.original_file_name for item in whole]
    nulls = [item.distance is None for item in whole]
    assert nulls == sorted(nulls), "what has a distance comes first"


def test_an_image_and_words_are_combined(seeing: tuple[Gumnut, dict[str, list[str]]], shared: Path) -> None:
    client, captions = seeing
    name = next(iter(captions))
    data = (shared / "photos" / "captioned" / name).read_bytes()
    alone = client.search.search_assets(image=data)
    assert (alone.data[0].asset.original_file_name, alone.data[0].distance) == (name, 0)
    both = client.search.search_assets(image=data, query=captions[name][0])
    assert both.data[0].asset.original_file_name == name
    assert both.data[0].distance != 0
