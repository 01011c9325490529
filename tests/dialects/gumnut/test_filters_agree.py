"""Random filters, answered by the engine and by a plain reading of what Gumnut says of them, must agree."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from fastapi.exceptions import RequestValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from fototeca.assets import Asset, Facts, Gps, Kind, NewAsset
from fototeca.catalog import NewFace, PersonPatch
from fototeca.dialects.gumnut import identifiers
from fototeca.dialects.gumnut.query import AssetList, Filter, listed, sorting
from fototeca.dialects.gumnut.requests import build, gathered
from fototeca.dialects.gumnut.scope import resolve
from fototeca.library import Installation, Library
from fototeca.query import Query
from fototeca.settings import Settings

START = datetime(2024, 1, 1)
HOURS = 48
ASSETS = 120
EARTH = 6_371_008.8


@dataclass(frozen=True)
class World:
    """A library, and the names of what is in it."""

    library: Library
    assets: list[Asset]
    albums: list[str]
    people: list[str]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data = tmp_path_factory.mktemp("filters")
    with Installation(Settings.from_environment(data, {})) as installation:
        library = installation.library("demo")
        chance = random.Random(5)
        ids = [added.id for added in library.records.assets.add([_asset(chance, n) for n in range(ASSETS)])]
        albums = [library.albums.create(name) for name in "abc"]
        people = [library.people.create(PersonPatch(name=name)) for name in "xyz"]
        for id_ in ids:
            for album in chance.sample(albums, chance.randrange(3)):
                library.albums.add(album.id, [id_])
            for person in chance.sample(people, chance.randrange(3)):
                library.records.faces.add(id_, [NewFace(box=(0, 0, 1, 1), person_id=person.id)])
        library.trash(ids[::7])
        yield World(
            library,
            library.load(ids),
            [identifiers.encode("album", album.uuid) for album in albums],
            [identifiers.encode("person", person.uuid) for person in people],
        )


def _asset(chance: random.Random, number: int) -> NewAsset:
    moment = START + timedelta(hours=chance.randrange(HOURS))
    zone = chance.choice([None, UTC, timezone(timedelta(hours=5)), timezone(timedelta(hours=-8))])
    here = Gps(latitude=chance.randrange(-90, 91, 5), longitude=chance.randrange(-180, 181, 5))
    return NewAsset(
        sha256=hashlib.sha256(str(number).encode()).hexdigest(),
        filename=f"{number}.jpg",
        format="jpg",
        mime="image/jpeg",
        bytes=1,
        kind=chance.choice([Kind.IMAGE, Kind.IMAGE, Kind.VIDEO, Kind.RAW]),
        taken=moment.replace(tzinfo=zone) if chance.random() < 0.8 else None,
        metadata={"file_created_at": moment.isoformat()},
        rating=chance.choice([None, 0, 1, 3, 5]),
        facts=Facts(gps=here if chance.random() < 0.7 else None, rating=chance.choice([None, 2, 4])),
    )


# --- the plain reading --------------------------------------------------------------------------------------


def matches(world: World, asset: Asset, asked: dict[str, Any]) -> bool:
    return all(_holds(world, asset, name, value, asked) for name, value in asked.items())


def _holds(world: World, asset: Asset, name: str, value: Any, asked: dict[str, Any]) -> bool:  # noqa: C901 - a table
    match name:
        case "state":
            return bool(value == "all") or (asset.trashed is not None) == (value == "trashed")
        case "album_id":
            return bool(world.albums.index(value) + 1 in asset.album_ids)
        case "album_ids":
            return any(world.albums.index(each) + 1 in asset.album_ids for each in value)
        case "album_filter":
            return bool(value == "all") or bool(asset.album_ids) == (value == "in_album")
        case "person_ids":
            return {world.people.index(each) + 1 for each in value} <= {face.person_id for face in asset.faces}
        case "media_type":
            return (asset.kind is Kind.VIDEO) == bool(value == "video")
        case "ratings":
            stars = asset.facts.rating if asset.rating is None else asset.rating
            return bool((stars or 0) in value)
        case "bbox":
            return _in_box(asset, [float(part) for part in value.split(",")])
        case "center":
            longitude, latitude = (float(part) for part in value.split(","))
            return _away(asset, latitude, longitude) <= float(asked["radius"])
        case "radius" | "order":
            return True
        case _:
            return _on_side(asset, datetime.fromisoformat(value), after=name.endswith("after"))


def _on_side(asset: Asset, bound: datetime, *, after: bool) -> bool:
    moment = asset.taken or datetime.fromisoformat(asset.metadata["file_created_at"])
    if bound.tzinfo is None or moment.tzinfo is None:
        moment, bound = moment.replace(tzinfo=None), bound.replace(tzinfo=None)
    return moment > bound if after else moment < bound


def _in_box(asset: Asset, box: list[float]) -> bool:
    west, south, east, north = box
    gps = asset.facts.gps
    if gps is None or not south <= gps.latitude <= north:
        return False
    inside = (west <= gps.longitude, gps.longitude <= east)
    return all(inside) if west <= east else any(inside)


def _away(asset: Asset, latitude: float, longitude: float) -> float:
    gps = asset.facts.gps
    if gps is None:
        return math.inf
    here, there = math.radians(gps.latitude), math.radians(latitude)
    turn = math.radians(gps.longitude - longitude)
    chord = math.sin((here - there) / 2) ** 2 + math.cos(here) * math.cos(there) * math.sin(turn / 2) ** 2
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(chord)))


# --- random filters -----------------------------------------------------------------------------------------


@st.composite
def filters(draw: st.DrawFn) -> dict[str, Any]:
    """Filters as a client sends them, but albums and people by their places."""
    zone = draw(st.sampled_from(["", "Z", "+05:00", "-03:00"]))
    moments = st.integers(-2, HOURS + 2).map(lambda hours: (START + timedelta(hours=hours)).isoformat() + zone)
    degrees = st.tuples(st.integers(-180, 180), st.integers(-90, 0), st.integers(-180, 180), st.integers(0, 90))
    some = {
        "state": st.sampled_from(["live", "trashed", "all"]),
        "album_id": st.integers(0, 2),
        "album_ids": st.lists(st.integers(0, 2), min_size=1, max_size=3),
        "album_filter": st.sampled_from(["all", "in_album"]),
        "person_ids": st.lists(st.integers(0, 2), min_size=1, max_size=2),
        "media_type": st.sampled_from(["image", "video"]),
        "ratings": st.lists(st.integers(0, 5), min_size=1, max_size=4),
        "order": st.sampled_from(["asc", "desc"]),
        **dict.fromkeys(
            ("local_datetime_after", "local_datetime_before", "captured_after", "captured_before"), moments
        ),
    }
    names = draw(st.lists(st.sampled_from(sorted(some)), max_size=5, unique=True))
    asked = {name: draw(some[name]) for name in names}
    place = draw(st.sampled_from(["", "box", "circle"]))
    if place == "box":
        asked["bbox"] = ",".join(map(str, draw(degrees)))
    elif place == "circle":
        asked |= {"center": f"{draw(st.integers(-180, 180))},{draw(st.integers(-90, 90))}", "radius": "50000"}
    return asked


@settings(max_examples=150, deadline=None)
@given(filters())
def test_the_engine_and_the_plain_reading_agree(world: World, asked: dict[str, Any]) -> None:
    for name, names in (("album_id", world.albums), ("album_ids", world.albums), ("person_ids", world.people)):
        if name in asked:
            asked[name] = names[asked[name]] if name == "album_id" else [names[place] for place in asked[name]]
    items = [(name, part) for name, value in asked.items() for part in (value if isinstance(value, list) else [value])]
    request = build(AssetList, gathered(AssetList, items), "query")
    found = Filter(world.library, resolve(world.library, None))
    ids = world.library.ids(Query(listed(found, request), sort=sorting(request)))
    expected = [asset for asset in world.assets if matches(world, asset, {"state": "live"} | asked)]
    assert sorted(ids) == [asset.id for asset in expected]
    keys = {asset.id: _key(asset, request.state) for asset in expected}
    assert ids == sorted(ids, key=lambda id_: (keys[id_], id_), reverse=request.order == "desc")


def _key(asset: Asset, state: str) -> datetime:
    if state == "trashed":
        assert asset.trashed is not None
        return asset.trashed
    return (asset.taken or datetime.fromisoformat(asset.metadata["file_created_at"])).replace(tzinfo=None)


@given(
    st.dictionaries(
        st.sampled_from([*AssetList.model_fields, "person_ids[]", "nonsense"]),
        st.one_of(
            st.text(max_size=30), st.sampled_from(["1,2", "-180,-90,180,90", "2024-01-01", "inf", "nan,nan", "9" * 40])
        ),
        max_size=4,
    )
)
@settings(max_examples=300, deadline=None)
def test_any_parameters_are_understood_or_refused(asked: dict[str, str]) -> None:
    try:
        request = build(AssetList, gathered(AssetList, list(asked.items())), "query")
    except RequestValidationError:
        return
    assert 1 <= request.limit <= 200
