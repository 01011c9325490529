"""Albums, collections and batches."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fototeca.assets import Membership
from fototeca.catalog import AlbumPatch, BatchPatch, Catalog, CollectionPatch, MembershipPatch, NewAnnotation, Records
from fototeca.errors import Conflict, InvalidInput, NotFound
from tests.catalog.conftest import new_asset

Add = Callable[..., int]
Logged = Callable[[Callable[[], Any]], list[tuple[str, int, str]]]


def test_album_members(catalog: Catalog, workspace: int, other: int, add: Add, logged: Logged) -> None:
    a, b, c = add(), add(), add()
    album = catalog.records(workspace).albums.create("  Best ", description="of 2024")
    assert (album.name, album.count) == ("Best", 0)
    assert catalog.records(workspace).albums.add(album.id, [b, a, b, 10**9]) == [b, a]
    assert logged(lambda: catalog.records(workspace).albums.add(album.id, [a, c])) == [
        ("album_asset", c, "created"),
        ("asset", c, "updated"),
    ]
    assert catalog.records(workspace).albums.asset_ids(album.id) == [a, b, c]
    asset = catalog.records(workspace).assets.get(a)
    assert (asset.albums, asset.album_ids) == (("Best",), (album.id,))
    catalog.records(workspace).assets.trash([c])
    assert catalog.records(workspace).albums.get(album.uuid).count == 2
    assert catalog.records(workspace).albums.remove(album.id, [a, 10**9]) == [a]
    assert catalog.records(workspace).assets.get(a).albums == ()
    for refused in (
        lambda: catalog.records(other).albums.get(album.id),
        lambda: catalog.records(other).albums.add(album.id, [a]),
        lambda: catalog.records(other).albums.delete(album.id),
    ):
        with pytest.raises(NotFound):
            refused()


def test_renaming_an_album_concerns_its_assets(catalog: Catalog, workspace: int, add: Add, logged: Logged) -> None:
    a, _ = add(), add()
    album = catalog.records(workspace).albums.create("old")
    catalog.records(workspace).albums.add(album.id, [a])
    renamed = logged(
        lambda: catalog.records(workspace).albums.update(album.id, AlbumPatch(name="new", cover_asset_id=a))
    )
    assert renamed == [("album", album.id, "updated"), ("asset", a, "updated")]
    assert catalog.records(workspace).albums.all()[0].cover_asset_id == a
    described = logged(lambda: catalog.records(workspace).albums.update(album.id, AlbumPatch(description="d")))
    assert described == [("album", album.id, "updated")]
    deleted = logged(lambda: catalog.records(workspace).albums.delete(album.id))
    assert deleted == [("album", album.id, "deleted"), ("asset", a, "updated")]
    assert catalog.records(workspace).assets.get(a).albums == ()


def test_a_deleted_asset_leaves_its_albums(catalog: Catalog, workspace: int, add: Add) -> None:
    a = add()
    album = catalog.records(workspace).albums.create("x")
    catalog.records(workspace).albums.add(album.id, [a])
    catalog.records(workspace).albums.update(album.id, AlbumPatch(cover_asset_id=a))
    catalog.records(workspace).assets.delete([a])
    assert catalog.records(workspace).albums.asset_ids(album.id) == []
    assert catalog.records(workspace).albums.get(album.id).cover_asset_id is None


def test_slugs(catalog: Catalog, workspace: int, other: int) -> None:
    slugs = [
        catalog.records(workspace).collections.create(name).slug
        for name in ("Große Vögel!", "grosse  vogel", "???", "!")
    ]
    assert slugs == ["groe-vogel", "grosse-vogel", "collection", "collection-2"]
    assert catalog.records(other).collections.create("x", slug="collection").slug == "collection"
    with pytest.raises(Conflict):
        catalog.records(workspace).collections.create("x", slug="collection")
    for bad in ("", "A", "a b", "-a", "a" * 256):
        with pytest.raises(InvalidInput):
            catalog.records(workspace).collections.create("x", slug=bad)


def test_collection_by_every_key_and_its_changes(catalog: Catalog, workspace: int, add: Add, logged: Logged) -> None:
    made = catalog.records(workspace).collections.create("Birds", type="object-detection", settings={"license": "MIT"})
    for key in (made.id, made.uuid, made.slug):
        assert catalog.records(workspace).collections.get(key) == made
    assert catalog.records(workspace).collections.all() == [made]
    assert [each.count for each in catalog.records(workspace).collections.all(counted=False)] == [None]
    a = add()
    catalog.records(workspace).collections.put(made.id, [a])
    patch = CollectionPatch(name="Fish", slug="birds", trashed=made.created)
    assert logged(lambda: catalog.records(workspace).collections.update(made.id, patch))[-1] == ("asset", a, "updated")
    assert catalog.records(workspace).assets.get(a).memberships[0].collection == "Fish"
    assert catalog.records(workspace).collections.get("birds").trashed == made.created


def test_memberships(catalog: Catalog, workspace: int, add: Add, logged: Logged) -> None:
    a, b = add(), add()
    birds = catalog.records(workspace).collections.create("Birds").id
    batch = catalog.records(workspace).batches.create("Monday", birds).id
    assert catalog.records(workspace).collections.put(birds, [a, b, 10**9]) == [a, b]
    assert logged(lambda: catalog.records(workspace).collections.put(birds, [a])) == []
    patch = MembershipPatch(split="train", split_locked=True, batch_id=batch, annotation_status="done", in_dataset=True)
    assert logged(lambda: catalog.records(workspace).collections.put(birds, [a], patch)) == [("asset", a, "updated")]
    assert catalog.records(workspace).assets.get(a).memberships == (
        Membership(
            collection_id=birds,
            collection="Birds",
            split="train",
            split_locked=True,
            batch_id=batch,
            batch="Monday",
            annotation_status="done",
            in_dataset=True,
        ),
    )
    assert catalog.records(workspace).assets.get(b).memberships == (
        Membership(collection_id=birds, collection="Birds"),
    )
    assert (
        catalog.records(workspace).batches.get(batch).count,
        catalog.records(workspace).collections.get(birds).count,
    ) == (1, 2)
    catalog.records(workspace).annotations.add(
        a, [NewAnnotation(label="owl", collection_id=birds), NewAnnotation(label="cat")]
    )
    assert catalog.records(workspace).collections.remove(birds, [a, 10**9]) == [a]
    asset = catalog.records(workspace).assets.get(a)
    assert asset.memberships == ()
    assert [annotation.label for annotation in asset.annotations] == ["cat"]
    assert catalog.records(workspace).collections.asset_ids(birds) == [b]


def test_a_batch_belongs_to_its_collection(catalog: Catalog, workspace: int, other: int, add: Add) -> None:
    birds, fish = (catalog.records(workspace).collections.create(name).id for name in ("Birds", "Fish"))
    batch = catalog.records(workspace).batches.create("Monday", birds)
    with pytest.raises(InvalidInput):
        catalog.records(workspace).collections.put(fish, [add()], MembershipPatch(batch_id=batch.id))
    with pytest.raises(NotFound):
        catalog.records(other).batches.create("Monday", birds)
    assert catalog.records(workspace).batches.all(fish) == []
    assert catalog.records(workspace).batches.all() == [batch] == catalog.records(workspace).batches.all(birds)


def test_batches_change_and_go(catalog: Catalog, workspace: int, add: Add, logged: Logged) -> None:
    birds, a = catalog.records(workspace).collections.create("Birds").id, add()
    batch = catalog.records(workspace).batches.create("Monday", birds).id
    catalog.records(workspace).collections.put(birds, [a], MembershipPatch(batch_id=batch))
    renamed = logged(
        lambda: catalog.records(workspace).batches.update(batch, BatchPatch(name="Tuesday", stage="complete"))
    )
    assert renamed == [("batch", batch, "updated"), ("asset", a, "updated")]
    assert catalog.records(workspace).assets.get(a).memberships[0].batch == "Tuesday"
    assert logged(lambda: catalog.records(workspace).batches.delete(batch))[-1] == ("asset", a, "updated")
    assert catalog.records(workspace).assets.get(a).memberships[0].batch_id is None


def test_a_deleted_collection_takes_its_own_with_it(catalog: Catalog, workspace: int, add: Add, logged: Logged) -> None:
    birds, a, b = catalog.records(workspace).collections.create("Birds").id, add(), add()
    catalog.records(workspace).collections.put(birds, [a])
    catalog.records(workspace).annotations.add(b, [NewAnnotation(label="owl", collection_id=birds)])
    gone = logged(lambda: catalog.records(workspace).collections.delete(birds))
    assert gone == [("collection", birds, "deleted"), ("asset", a, "updated"), ("asset", b, "updated")]
    assert catalog.records(workspace).assets.get(a).memberships == ()
    assert catalog.records(workspace).assets.get(b).annotations == ()


def test_a_batch_is_made_once_by_its_name(catalog: Catalog, workspace: int, other: int) -> None:
    records = catalog.records(workspace)
    here, there = records.collections.create("here").id, records.collections.create("there").id
    first = records.batches.ensure(" Monday ", here)
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(lambda _: records.batches.ensure("Monday", here), range(8)))
    assert {batch.id for batch in again} == {first.id}
    assert records.batches.ensure("Monday", there).id != first.id
    with pytest.raises(NotFound):
        catalog.records(other).batches.ensure("Monday", here)


def test_a_batch_moves_to_another_collection(catalog: Catalog, workspace: int, add: Add) -> None:
    records = catalog.records(workspace)
    birds, fish = (records.collections.create(name).id for name in ("Birds", "Fish"))
    batch = records.batches.create("Monday", birds).id
    new, known, elsewhere = add(), add(), add()
    records.collections.put(birds, [new, known], MembershipPatch(batch_id=batch, split="train"))
    records.collections.put(birds, [elsewhere])
    records.collections.put(fish, [known], MembershipPatch(split="test"))
    moved = records.batches.assign(batch, fish)
    assert (moved.collection_id, moved.count) == (fish, 2)
    found = [records.assets.get(asset).memberships for asset in (new, known, elsewhere)]
    assert [[(m.collection, m.batch, m.split) for m in each] for each in found] == [
        [("Fish", "Monday", "train")],
        [("Fish", "Monday", "test")],
        [("Birds", None, None)],
    ]
    with pytest.raises(NotFound):
        records.batches.assign(batch, 99)


def test_places_in_albums_are_walked_in_order(records: Records) -> None:
    assets = [added.id for added in records.assets.add([new_asset() for _ in range(3)])]
    albums = [records.albums.create(name).id for name in "ab"]
    for album in albums:
        records.albums.add(album, assets)
    whole = [(album, asset) for album in albums for asset in assets]
    assert records.albums.places() == whole
    assert records.albums.places(whole[1], 2) == whole[2:4]
    assert records.albums.places(album_id=albums[1]) == whole[3:]
    assert records.albums.places(asset_id=assets[0]) == [whole[0], whole[3]]
    records.assets.trash(assets[:1])
    assert records.albums.places(asset_id=assets[0]) == []


def test_collections_of_a_type(records: Records) -> None:
    records.collections.create("a", type="library")
    records.collections.create("b")
    assert [(found.name, found.count) for found in records.collections.of_type("library")] == [("a", None)]


def test_the_bytes_of_a_collection(records: Records) -> None:
    a, b = (added.id for added in records.assets.add([new_asset(bytes=10), new_asset(bytes=5)]))
    collection = records.collections.create("a")
    records.collections.put(collection.id, [b])
    assert (records.assets.total_bytes(), records.assets.total_bytes(collection.id)) == (15, 5)
    records.assets.trash([a])
    assert records.assets.total_bytes() == 15
