"""Gumnut's official SDK: walks that miss nothing while the library changes, and events that are never lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gumnut
import pytest
from gumnut import Gumnut

from fototeca.catalog import NewFace, PersonPatch
from fototeca.dialects.gumnut import identifiers
from fototeca.library import Library
from tests.clients.gumnut_calls import add_records, upload

ASSETS = 5_000
FEWER = 1_000
"""Of walks that differ from that over all in order or route, and have as many pages."""
SMALLER = 100


@pytest.fixture
def client(gumnut_client: Gumnut) -> Gumnut:
    return gumnut_client


@pytest.fixture
def library(gumnut_library: Library) -> Library:
    return gumnut_library


# --- walks --------------------------------------------------------------------------------------------------


def disturbed(library: Library, ids: list[int], items: Iterator[str], page: int) -> tuple[list[str], set[str]]:
    """Walk while assets are added and trashed; return what was seen, and which assets were trashed meanwhile."""
    seen: list[str] = []
    trashed: set[str] = set()
    for number, item in enumerate(items):
        seen.append(item)
        if number % page == page // 2 and number < len(ids):
            add_records(library, 3, start=1_000_000 + 10 * number)
            doomed = [ids[number], ids[-number]]
            library.trash(doomed)
            trashed |= {identifiers.encode(identifiers.ASSET, asset.uuid) for asset in library.load(doomed)}
    return seen, trashed


def search_pages(client: Gumnut, limit: int, **asked: Any) -> Iterator[str]:
    page = 1
    while True:
        found = client.search.search(page=page, limit=limit, **asked)
        yield from (item.asset.id for item in found.data)
        if not found.has_more:
            return
        page += 1


PAGES = 25
WALKS: dict[str, tuple[int, Callable[[Gumnut, int], Iterator[str]]]] = {
    "newest first": (
        ASSETS,
        lambda client, limit: (asset.id for asset in client.assets.list(limit=limit, include=["file_data"])),
    ),
    "oldest first": (
        FEWER,
        lambda client, limit: (asset.id for asset in client.assets.list(limit=limit, order="asc", include=[])),
    ),
    "search": (FEWER, lambda client, limit: search_pages(client, limit, media_type="image", include=["file_data"])),
}


@pytest.mark.parametrize(("number", "walk"), WALKS.values(), ids=WALKS)
def test_a_walk_over_thousands_repeats_and_loses_none(
    client: Gumnut, library: Library, number: int, walk: Callable[[Gumnut, int], Iterator[str]]
) -> None:
    ids = add_records(library, number)
    there = {identifiers.encode(identifiers.ASSET, asset.uuid) for asset in library.load(ids)}
    page = number // PAGES
    seen, trashed = disturbed(library, ids, walk(client, page), page)
    assert len(seen) == len(set(seen)), "nothing comes twice"
    assert there - trashed <= set(seen), "nothing that stayed is missing"
    assert len(trashed) > 20


def test_the_other_pagers_repeat_and_lose_none(client: Gumnut, library: Library) -> None:
    ids = add_records(library, SMALLER)
    album = library.albums.create("all")
    library.albums.add(album.id, ids)
    for id_ in ids:
        person = library.people.create(PersonPatch(name=f"p{id_}"))
        library.records.faces.add(id_, [NewFace(box=(0, 0, 1, 1), person_id=person.id)])
    for start in range(0, SMALLER, 10):
        library.albums.create(f"album {start}")
    uuids = [asset.uuid for asset in library.load(ids)]
    pairs = [uuids[start : start + 2] for start in range(0, 40, 2)]
    for pair in pairs:
        client.stacks.create_stack(asset_ids=[identifiers.encode(identifiers.ASSET, uuid) for uuid in pair])
    walks: dict[str, tuple[Iterator[str], int]] = {
        "people": ((each.id for each in client.people.list(limit=17)), SMALLER),
        "by name": ((each.id for each in client.people.list(limit=17, sort="name_desc")), SMALLER),
        "faces": ((each.id for each in client.faces.list(limit=17)), SMALLER),
        "places": ((each.id for each in client.album_assets.list(limit=17)), SMALLER),
        "albums": ((each.id for each in client.albums.list(limit=7)), SMALLER // 10 + 1),
        "stacks": ((each.id for each in client.stacks.list_stacks(limit=3)), len(pairs)),
    }
    for name, (walk, count) in walks.items():
        seen = []
        for number, item in enumerate(walk):
            seen.append(item)
            if number == 10:
                add_records(library, 3, start=10**7 + 10 * len(name))
                library.albums.create(f"new {name}")
                library.people.create(PersonPatch(name=f"new {name}"))
        assert len(seen) == len(set(seen)), name
        assert len(seen) >= count, name


def test_the_trash_is_walked_too(client: Gumnut, library: Library) -> None:
    ids = add_records(library, 300)
    for start in range(0, 300, 100):
        library.trash(ids[start : start + 100])
    seen = [asset.id for asset in client.assets.list(limit=40, state="trashed")]
    assert len(seen) == len(set(seen)) == 300
    assert seen == [asset.id for asset in client.assets.list(limit=40, state="trashed", order="asc")][::-1]


def test_a_cursor_that_names_nothing_is_refused(client: Gumnut) -> None:
    for pager in (client.assets.list, client.albums.list, client.people.list, client.faces.list):
        with pytest.raises(gumnut.BadRequestError):
            pager(starting_after_id="asset_2222222222222222222222")


# --- events -------------------------------------------------------------------------------------------------


def follow(client: Gumnut, after: str | None, limit: int) -> Iterator[Any]:
    """Follow the log to its end."""
    while True:
        page = client.events.get(limit=limit, after_cursor=after)
        yield from page.data
        after = page.next_cursor
        if not page.has_more:
            return


def busy(client: Gumnut) -> None:
    """Do one of everything that is told of."""
    one, two = upload(client), upload(client)
    client.assets.update_asset(one.id, rating=3)
    album = client.albums.create(name="a")
    client.albums.assets_associations.add(album.id, asset_ids=[one.id, two.id])
    client.albums.update(album.id, album_cover_asset_id=one.id)
    client.albums.assets_associations.remove(album.id, asset_ids=[two.id])
    ann, bea = client.people.create(name="Ann"), client.people.create(name="Bea")
    box: Any = {"x": 0, "y": 0, "w": 9, "h": 9}
    face = client.faces.create(asset_id=one.id, bounding_box=box)
    client.faces.update(face.id, person_id=bea.id)
    client.people.merge(ann.id, source_person_ids=[bea.id])
    client.people.update(ann.id, is_favorite=True)
    stack = client.stacks.create_stack(asset_ids=[one.id, two.id])
    client.stacks.set_cover(stack.id, primary_asset_id=one.id)
    client.stacks.delete(stack.id)
    client.assets.trash(ids=[two.id])
    client.assets.restore(ids=[two.id])
    client.assets.delete(one.id)
    client.people.delete(ann.id)
    client.albums.delete(album.id)


EVERY_EVENT = {
    *(f"asset_{what}" for what in ("created", "updated", "trashed", "restored", "deleted")),
    "metadata_updated",
    *(f"album_{what}" for what in ("created", "updated", "deleted", "asset_added", "asset_removed")),
    *(f"person_{what}" for what in ("created", "updated", "deleted")),
    *(f"face_{what}" for what in ("created", "updated", "deleted")),
    *(f"stack_{what}" for what in ("created", "updated", "deleted")),
}


def test_every_change_is_told_in_order(client: Gumnut) -> None:
    busy(client)
    events = list(follow(client, None, 200))
    assert {event.event_type for event in events} == EVERY_EVENT
    cursors = [event.cursor for event in events]
    assert cursors == sorted(set(cursors))
    assert not any("|" in cursor for cursor in cursors)
    assert [event.created_at for event in events] == sorted(event.created_at for event in events)
    told = [(event.event_type, event.entity_id) for event in events]
    created = [id_ for name, id_ in told if name == "asset_created"]
    [deleted] = [id_ for name, id_ in told if name == "asset_deleted"]
    assert deleted == created[0], "also what is gone is called by its id"
    [added, _] = [event for event in events if event.event_type == "album_asset_added"]
    assert added.payload["asset_id"] == created[0]
    gone = [event for event in events if event.event_type == "album_asset_removed"]
    assert gone[-1].entity_id == added.entity_id
    faces = [event.payload for event in events if event.event_type == "face_updated"]
    [ann, bea] = [id_ for name, id_ in told if name == "person_created"]
    assert [(each["person_id"], each["previous_person_id"]) for each in faces] == [(bea, None), (ann, bea)]
    only = client.events.get(entity_types=["stack", "person"], limit=200).data
    assert {event.entity_type for event in only} == {"stack", "person"}
    old = client.events.get(entity_types="metadata,exif", limit=200).data  # type: ignore[arg-type]
    assert {event.event_type for event in old} == {"metadata_updated", "exif_created", "exif_updated"}


def test_whoever_resumes_anywhere_misses_nothing(client: Gumnut) -> None:
    busy(client)
    whole = [event.cursor for event in follow(client, None, 200)]
    for place in range(0, len(whole), 3):
        assert [event.cursor for event in follow(client, whole[place], 7)] == whole[place + 1 :]
    for limit in (1, 2, 5):
        assert [event.cursor for event in follow(client, None, limit)] == whole
    mark = client.events.get(after_cursor=whole[-1])
    assert (mark.data, mark.next_cursor, mark.has_more) == ([], whole[-1], False)
    upload(client)
    assert [event.event_type for event in follow(client, mark.next_cursor, 1)] == ["asset_created", "metadata_updated"]
    assert client.events.get(after_cursor=mark.as_of).data == client.events.get(after_cursor=whole[-1]).data


def test_a_snapshot_of_the_log_stays_as_it_was(client: Gumnut) -> None:
    first = upload(client)
    page = client.events.get(limit=1)
    upload(client)
    rest = client.events.get(limit=200, after_cursor=page.next_cursor, as_of=page.as_of)
    assert {event.entity_id for event in rest.data} == {first.id}
    assert not rest.has_more


def test_odd_cursors_and_entities_are_refused(client: Gumnut) -> None:
    upload(client)
    odd: list[dict[str, Any]] = [
        {"after_cursor": "x"},
        {"after_cursor": "9" * 20},
        {"entity_types": ["dog"]},
        {"as_of": "-1"},
    ]
    for asked in odd:
        with pytest.raises(gumnut.BadRequestError):
            client.events.get(**asked)


def test_events_of_a_time(client: Gumnut) -> None:
    upload(client)
    [event, *_] = client.events.get().data
    later = event.created_at.replace(year=event.created_at.year + 1)
    assert client.events.get(created_at_gte=later).data == []
    assert client.events.get(created_at_lt=event.created_at).data == []
    assert client.events.get(created_at_gte=event.created_at, created_at_lt=later).data[0] == event
