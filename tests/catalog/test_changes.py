"""The log is gapless, in commit order, and no reader ever sees an entry appear behind one that it has read."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from fototeca.catalog import AlbumPatch, AssetPatch, Catalog, NewFace, Records
from fototeca.errors import NotFound
from tests.catalog.conftest import new_asset

WRITERS, ROUNDS = 3, 12


def test_entries_say_what_happened(catalog: Catalog, workspace: int) -> None:
    id_ = catalog.records(workspace).assets.add([new_asset()])[0].id
    catalog.records(workspace).assets.update([id_], AssetPatch(title="t", rating=1))
    catalog.records(workspace).assets.delete([id_])
    log = catalog.records(workspace).changes.since(0)
    assert [(c.sequence, c.entity, c.entity_id, c.action) for c in log] == [
        (1, "asset", id_, "created"),
        (2, "asset", id_, "updated"),
        (3, "asset", id_, "deleted"),
    ]
    assert log[1].detail == {"reason": "details", "fields": ["rating", "title"]}
    assert log[0].at <= log[1].at <= log[2].at
    assert log[0].at.tzinfo is not None


def test_since_pages_through_the_log(catalog: Catalog, workspace: int) -> None:
    catalog.records(workspace).assets.add([new_asset() for _ in range(5)])
    assert [c.sequence for c in catalog.records(workspace).changes.since(1, limit=2)] == [2, 3]
    assert catalog.records(workspace).changes.since(catalog.records(workspace).changes.head()) == []


def test_workspaces_count_for_themselves(catalog: Catalog, workspace: int, other: int) -> None:
    catalog.records(workspace).assets.add([new_asset()])
    assert (catalog.records(workspace).changes.head(), catalog.records(other).changes.head()) == (1, 0)
    assert catalog.records(other).changes.since(0) == []
    with pytest.raises(NotFound):
        catalog.records(10**6).changes.head()


def test_a_failed_write_leaves_no_entry(catalog: Catalog, workspace: int) -> None:
    album = catalog.records(workspace).albums.create("a")
    head = catalog.records(workspace).changes.head()
    with pytest.raises(NotFound):
        catalog.records(workspace).albums.update(album.id, AlbumPatch(name="b", cover_asset_id=10**6))
    assert catalog.records(workspace).changes.head() == head
    assert catalog.records(workspace).albums.get(album.id).name == "a"


def write(url: str, workspace: int, writer: int) -> None:
    """Adds assets, some of which every writer adds, and changes them."""
    catalog = Catalog(url)
    for number in range(ROUNDS):
        own, common = new_asset(1000 * (writer + 1) + number, folder=f"f/{number}"), new_asset(number)
        added = catalog.records(workspace).assets.add([own, common])
        catalog.records(workspace).assets.update([entry.id for entry in added], AssetPatch(add_tags=(f"w{writer}",)))
    catalog.close()


def follow(catalog: Catalog, workspace: int, stop: threading.Event, seen: list[int]) -> None:
    while True:
        last = stop.is_set()
        page = catalog.records(workspace).changes.since(seen[-1] if seen else 0, 7)
        seen += [change.sequence for change in page]
        if last and not page:
            return


def check_writers(catalog: Catalog, workspace: int, run: Callable[[], Any]) -> None:
    """While `run` writes, a follower must see 1, 2, 3 and so on to the head; each common asset is stored once."""
    stop, seen = threading.Event(), list[int]()
    follower = threading.Thread(target=follow, args=(catalog, workspace, stop, seen))
    follower.start()
    try:
        run()
    finally:
        stop.set()
        follower.join()
    assert seen == list(range(1, catalog.records(workspace).changes.head() + 1))
    assert catalog.records(workspace).assets.count() == WRITERS * ROUNDS + ROUNDS
    assert len(catalog.records(workspace).folders.tree()) == ROUNDS + 1
    common = catalog.records(workspace).assets.by_sha256([f"{number:064x}" for number in range(ROUNDS)])
    tags = {frozenset(asset.tags) for asset in catalog.records(workspace).assets.load(list(common.values()))}
    assert tags == {frozenset(f"w{writer}" for writer in range(WRITERS))}


def test_writers_in_threads(catalog: Catalog, url: str, workspace: int) -> None:
    def run() -> None:
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(lambda writer: write(url, workspace, writer), range(WRITERS)))

    check_writers(catalog, workspace, run)


def test_writers_in_processes(catalog: Catalog, url: str, workspace: int) -> None:
    def run() -> None:
        with ProcessPoolExecutor(WRITERS, multiprocessing.get_context("spawn")) as pool:
            list(pool.map(write, [url] * WRITERS, [workspace] * WRITERS, range(WRITERS)))

    check_writers(catalog, workspace, run)


def test_a_deletion_says_what_the_row_was_called(records: Records) -> None:
    album = records.albums.create("a")
    asset = records.assets.add([new_asset()])[0]
    records.albums.add(album.id, [asset.id])
    face = records.faces.add(asset.id, [NewFace(box=(0.1, 0.1, 0.2, 0.2))])[0]
    before = records.changes.head()
    records.assets.delete([asset.id])
    told = [(c.entity, c.action, c.detail) for c in records.changes.since(before)]
    assert told == [
        ("face", "deleted", {"uuid": face.uuid, "previous": None}),
        ("album_asset", "deleted", {"album_id": album.id, "album": album.uuid, "asset": asset.uuid}),
        ("asset", "deleted", {"uuid": asset.uuid}),
    ]
    assert records.changes.gone("asset", [asset.id, 10**6]) == {asset.id: asset.uuid}
    assert records.changes.gone("asset", []) == {}


def test_since_takes_only_what_is_asked_for(records: Records) -> None:
    records.albums.create("a")
    records.assets.add([new_asset()])
    assert [c.entity for c in records.changes.since(0, entities=("album",))] == ["album"]
    newest = records.changes.since(0)[-1]
    assert [c.sequence for c in records.changes.since(0, at_least=newest.at)][-1] == newest.sequence
    assert records.changes.since(0, at_least=newest.at + timedelta(seconds=1)) == []


def test_entries_are_told_of_by_kind_and_key(records: Records) -> None:
    records.entries.create("stack", "s", {})
    records.entries.put("stack", "s", {"n": 1})
    records.entries.delete("stack", "s")
    assert [(c.action, c.detail) for c in records.changes.since(0, entities=("entry",))] == [
        (action, {"kind": "stack", "key": "s"}) for action in ("created", "updated", "deleted")
    ]
