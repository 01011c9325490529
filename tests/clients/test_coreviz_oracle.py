"""CoreViz's listing against a brute-force reading of its contract: random filters, orders and pages."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fototeca.assets import Asset, Folder, Kind
from fototeca.dialects.coreviz import tags
from fototeca.query.words import fold
from tests.clients.coreviz_world import World, day, empty, frozen
from tests.server.conftest import Served, served

__all__ = ("served",)
CHECKS = list(HealthCheck)
ROOT = "products"
FOLDERS = ("a", "a/b", "a/b/c", "B", "B/x", "empty")


@pytest.fixture(scope="module")
def world(served: Served) -> Iterator[World]:
    """Sixty files, many of them alike in what they are sorted by, in a tree of six folders."""
    chance = random.Random(7)
    with empty(served, "coreviz-oracle") as world:
        here = world.library.collections.get(world.ids["Products"]).id
        for path in FOLDERS:
            with frozen(day(chance.randint(1, 6), 0)):
                world.library.folders.create(f"{ROOT}/{path}")
        for number in range(60):
            kind = Kind.VIDEO if chance.random() < 0.2 else Kind.IMAGE
            metadata = {"prompt": chance.choice(["x", "y", "B", 5, True])} if chance.random() < 0.5 else {}
            world.add(
                f"{chance.choice('aAbBzZéx')}{chance.randint(0, 5)}.jpg",
                at=day(chance.randint(1, 6), chance.choice((0, 12, 23))),
                kind=kind,
                folder=chance.choice([ROOT, *(f"{ROOT}/{path}" for path in FOLDERS[:-1]), "", "other"]),
                tags=tuple(chance.sample(["color:red", "color:blue", "size:9", "plain", "tags:other"], 2)),
                metadata=metadata,
                description=chance.choice([None, "Dog", "cat", "ant"]),
                collection=here if number % 5 else None,
            )
        yield world


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    days = st.integers(1, 7).map(lambda number: f"2026-05-0{number}")
    return draw(
        st.fixed_dictionaries(
            {"limit": st.integers(1, 12), "offset": st.integers(0, 40)},
            optional={
                "folder": st.sampled_from(FOLDERS),
                "recursive": st.sampled_from(("true", "false")),
                "type": st.sampled_from(("image", "video", "folder", "all")),
                "dateFrom": days,
                "dateTo": days,
                "sortBy": st.sampled_from(("createdAt", "name", "type", "description", "prompt")),
                "sortDirection": st.sampled_from(("asc", "desc")),
                "tags": st.sampled_from(("red", "color", "plain", "tags", "blue,9", "nothing")),
                "tagFilters": st.dictionaries(
                    st.sampled_from(("color", "size", "tags")),
                    st.lists(st.sampled_from(("red", "blue", "9", "plain", "other")), max_size=2),
                    max_size=2,
                ).map(json.dumps),
            },
        )
    )


def fits(item: Asset | Folder, asked: dict[str, Any]) -> bool:
    """Each parameter's sentence of the contract."""
    is_folder = isinstance(item, Folder)
    kind = "folder" if isinstance(item, Folder) else str(item.kind)
    groups = {} if isinstance(item, Folder) else tags.of_asset(item)
    wanted = {group: values for group, values in json.loads(asked.get("tagFilters", "{}")).items() if values}
    tokens = [token for token in asked.get("tags", "").split(",") if token]
    known = {text for group, values in groups.items() for text in (group, *values)}
    created = item.created.astimezone(UTC).date()
    container = f"{ROOT}/{asked['folder']}" if "folder" in asked else ROOT
    path = item.path if isinstance(item, Folder) else item.folder
    if not is_folder and not (path == ROOT or path.startswith(f"{ROOT}/")):
        path = ROOT
    at = path.rpartition("/")[0] if is_folder else path
    inside = at == container or (asked.get("recursive") == "true" and f"{at}/".startswith(f"{container}/"))
    return (
        inside
        and asked.get("type", "all") in {"all", kind}
        and ("dateFrom" not in asked or created >= date.fromisoformat(asked["dateFrom"]))
        and ("dateTo" not in asked or created <= date.fromisoformat(asked["dateTo"]))
        and all(set(values) & set(groups.get(group, ())) for group, values in wanted.items())
        and (not tokens or bool(set(tokens) & known))
    )


def value(item: Asset | Folder, sort: str) -> Any:
    """What an item is sorted by, in a form in which truth values come before numbers and these before texts."""
    if sort == "createdAt":
        return item.created
    if isinstance(item, Folder):
        return {"name": fold(item.path.rpartition("/")[2]), "type": "folder"}.get(sort)
    prompt = item.metadata.get("prompt")
    kinds = {bool: 0, int: 1, str: 2}
    return {
        "name": fold(item.filename),
        "type": str(item.kind),
        "description": None if item.description is None else fold(item.description),
        "prompt": None if prompt is None else (kinds[type(prompt)], prompt),
    }[sort]


def ordered(items: list[Asset | Folder], asked: dict[str, Any]) -> list[str]:
    sort, down = asked.get("sortBy", "createdAt"), asked.get("sortDirection", "desc") == "desc"
    # Of equals folders come first, then ids in the direction of the sort.
    items = sorted(items, key=lambda item: item.id, reverse=down)
    items.sort(key=lambda item: not isinstance(item, Folder))
    keyed = [(value(item, sort), item) for item in items]
    present = sorted((pair for pair in keyed if pair[0] is not None), key=lambda pair: pair[0], reverse=down)
    absent = [item for known, item in keyed if known is None]
    return [item.uuid for item in [*(item for _, item in present), *absent]]


def test_random_listings_agree_with_the_oracle(world: World) -> None:
    library = world.library
    here = library.collections.get(world.ids["Products"]).id
    assets = library.load(library.collections.asset_ids(here))
    folders = library.folders.below(ROOT)
    everything: list[Asset | Folder] = [*assets, *folders]
    by_path = {folder.path: folder for folder in folders}

    def trail(name: str) -> str:
        parts = name.split("/")
        uuids = [by_path["/".join([ROOT, *parts[: depth + 1]])].uuid for depth in range(len(parts))]
        return ".".join([world.ids["Products"], *uuids])

    @settings(max_examples=150, deadline=None, database=None, derandomize=True, suppress_health_check=CHECKS)
    @given(questions())
    def check(asked: dict[str, Any]) -> None:
        sent = {name: value for name, value in asked.items() if name != "folder"}
        if "folder" in asked:
            sent["path"] = trail(asked["folder"])
        body = world.browse(**sent)
        expected = ordered([item for item in everything if fits(item, asked)], asked)
        start, end = asked["offset"], asked["offset"] + asked["limit"]
        assert [item["id"] for item in body["media"]] == expected[start:end], asked
        assert body["pagination"]["total"] == len(expected)
        assert body["pagination"]["hasMore"] is (min(end, start + len(body["media"])) < len(expected))

    check()


def test_counts_and_previews_agree_with_the_oracle(world: World) -> None:
    here = world.library.collections.get(world.ids["Products"]).id
    assets = world.library.load(world.library.collections.asset_ids(here))
    for item in world.browse(type="folder", recursive="true", limit=100)["media"]:
        [folder] = world.library.folders.by_uuid([item["id"]]).values()
        below = [a for a in assets if f"{a.folder}/".startswith(f"{folder.path}/")]
        newest: list[tuple[datetime, int, str]] = sorted((a.created, a.id, a.uuid) for a in below)[::-1][:3]
        assert item["folderItemCount"] == len(below)
        links = item["folderPreviews"] or []
        assert [uuid for _, _, uuid in newest] == [link.split("/")[5] for link in links]
