from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from fototeca.assets import Camera, Colour, Facts, Gps, Kind, Quality, Status
from fototeca.catalog import AssetPatch, Catalog, Records
from fototeca.errors import Conflict, InvalidInput, NotFound
from tests.catalog.conftest import new_asset

Add = Callable[..., int]
Logged = Callable[[Callable[[], Any]], list[tuple[str, int, str]]]

FULL = new_asset(
    1,
    kind=Kind.VIDEO,
    status=Status.PENDING,
    width=4000,
    height=3000,
    duration=1.5,
    folder="holiday/sea",
    title="Sea \N{WATER WAVE}",
    description="line\nline",
    rating=4,
    favorite=True,
    tags=("b", "a"),
    metadata={"n": 1, "x": [1.5, "y", True, None], "k\0": "\0"},
    taken=datetime(2024, 2, 29, 12, 30, 1, 250_000, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
    device="phone",
    device_asset_id="7",
    source="/photos/a.jpg",
    facts=Facts(
        md5="0" * 32,
        colors=(Colour(name="teal", hex="#008080", share=0.5),),
        quality=Quality(sharpness=0.1, brightness=0.2, contrast=0.3, exposure=0.4),
        camera=Camera(make="Canon", iso=100),
        gps=Gps(latitude=48.2, longitude=16.3),
        taken=datetime(2024, 2, 29, 12, 30, 1),
        tags={"EXIF:Make": "Canon"},
    ),
    uuid="0123456789abcdef" * 2,
)


def test_what_is_added_comes_back_whole(catalog: Catalog, workspace: int) -> None:
    added = catalog.records(workspace).assets.add([FULL])[0]
    asset = catalog.records(workspace).assets.get(added.id)
    assert {name: getattr(asset, name) for name in FULL.__struct_fields__} == msgspec.structs.asdict(FULL)
    assert (asset.workspace, asset.version, asset.uuid) == ("home", 1, added.uuid)
    assert asset.taken is not None
    assert asset.taken.utcoffset() == timedelta(hours=-3, minutes=-30)
    assert asset.created.tzinfo is UTC
    assert (
        asset
        == catalog.records(workspace).assets.get(added.uuid)
        == catalog.records(workspace).assets.load([added.id])[0]
    )


@pytest.mark.parametrize(
    "taken",
    [
        datetime(1969, 7, 20, 20, 17),
        datetime(1890, 1, 1, tzinfo=timezone(timedelta(minutes=53, seconds=28))),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
)
def test_capture_times_keep_their_clock_and_offset(catalog: Catalog, workspace: int, add: Add, taken: datetime) -> None:
    asset = catalog.records(workspace).assets.get(add(taken=taken))
    assert asset.taken == taken
    assert asset.taken.utcoffset() == taken.utcoffset()


def test_duplicates_are_linked_and_change_nothing(catalog: Catalog, workspace: int, logged: Logged) -> None:
    first = catalog.records(workspace).assets.add([new_asset(1, title="first")])[0]
    catalog.records(workspace).assets.trash([first.id])
    again = catalog.records(workspace).assets.add(
        [new_asset(1, title="again"), new_asset(2), new_asset(2), new_asset(3)]
    )
    assert again[0] == (first.id, first.uuid, Status.TRASHED, True)
    assert [added.duplicate for added in again] == [True, False, True, False]
    assert again[1].id == again[2].id != again[3].id
    assert catalog.records(workspace).assets.get(first.id).title == "first"
    assert logged(lambda: catalog.records(workspace).assets.add([new_asset(1)])) == []


def test_workspaces_do_not_see_each_other(catalog: Catalog, workspace: int, other: int, add: Add) -> None:
    id_ = add(number=5)
    assert not catalog.records(other).assets.add([new_asset(5)])[0].duplicate
    assert catalog.records(other).assets.load([id_]) == []
    assert catalog.records(other).assets.update([id_], AssetPatch(title="x")) == []
    assert catalog.records(other).assets.trash([id_]) == []
    assert catalog.records(other).assets.delete([id_]).ids == []
    for refused in (
        lambda: catalog.records(other).assets.get(id_),
        lambda: catalog.records(other).versions.of_asset(id_),
    ):
        with pytest.raises(NotFound):
            refused()
    with pytest.raises(NotFound, match="workspace"):
        catalog.records(10**6).assets.add([new_asset()])


def test_load_keeps_the_order_of_the_ids(catalog: Catalog, workspace: int, add: Add) -> None:
    a, b, c = add(), add(), add()
    assert [asset.id for asset in catalog.records(workspace).assets.load([c, 10**9, a, b, a])] == [c, a, b, a]
    assert catalog.records(workspace).assets.load([]) == []


def test_iterate_walks_through_all(catalog: Catalog, workspace: int, other: int, add: Add) -> None:
    ids = [add() for _ in range(5)]
    catalog.records(other).assets.add([new_asset()])
    walked, after = [], 0
    while page := catalog.records(workspace).assets.iterate(after, 2):
        walked += [asset.id for asset in page]
        after = walked[-1]
    assert walked == ids


def test_patch_sets_and_clears(catalog: Catalog, workspace: int, add: Add, logged: Logged) -> None:
    a, b = add(title="old", tags=("x", "y"), metadata={"k": 1, "l": 2}, rating=3), add()
    taken = datetime(2020, 1, 2, tzinfo=UTC)
    patch = AssetPatch(
        title=None,
        folder="new/place",
        taken=taken,
        favorite=True,
        text="words",
        add_tags=("z", "z"),
        remove_tags=("x",),
        merge_metadata={"m": 3},
        remove_metadata=("k",),
    )
    changes = logged(lambda: catalog.records(workspace).assets.update([b, a, 10**9], patch))
    assert changes[-2:] == [("asset", a, "updated"), ("asset", b, "updated")]
    asset = catalog.records(workspace).assets.get(a)
    assert (asset.title, asset.folder, asset.taken, asset.rating, asset.text) == (None, "new/place", taken, 3, "words")
    assert (asset.tags, asset.metadata) == (("y", "z"), {"l": 2, "m": 3})
    assert catalog.records(workspace).assets.get(b).tags == ("z",)
    assert asset.updated > asset.created
    catalog.records(workspace).assets.update([a], AssetPatch(tags=("only",), metadata={}, folder=""))
    asset = catalog.records(workspace).assets.get(a)
    assert (asset.tags, asset.metadata, asset.folder) == (("only",), {}, "")


def test_an_empty_patch_changes_nothing(catalog: Catalog, workspace: int, add: Add, logged: Logged) -> None:
    id_ = add()
    assert logged(lambda: catalog.records(workspace).assets.update([id_], AssetPatch())) == []


def test_trash_and_restore(catalog: Catalog, workspace: int, add: Add, logged: Logged) -> None:
    a, b = add(), add(status=Status.PENDING)
    assert catalog.records(workspace).assets.trash([a]) == [a]
    trashed = catalog.records(workspace).assets.get(a)
    assert trashed.status is Status.TRASHED
    assert trashed.trashed is not None
    assert logged(lambda: catalog.records(workspace).assets.trash([a])) == []
    assert catalog.records(workspace).assets.count() == 2
    assert catalog.records(workspace).assets.count(Status.TRASHED) == 1
    assert catalog.records(workspace).assets.restore([a, b]) == [a]
    restored = catalog.records(workspace).assets.get(a)
    assert (restored.status, restored.trashed) == (Status.ACTIVE, None)
    assert catalog.records(workspace).assets.activate([a, b]) == [b]
    assert catalog.records(workspace).changes.since(0)[-1].detail == {"reason": "activated"}


def test_delete_tells_which_originals_nobody_needs(catalog: Catalog, workspace: int, other: int, add: Add) -> None:
    a, b = add(number=1), add(number=2)
    catalog.records(workspace).assets.replace(a, new_asset(3))
    catalog.records(other).assets.add([new_asset(3)])
    deleted = catalog.records(workspace).assets.delete([a, 10**9])
    assert deleted.ids == [a]
    assert deleted.unreferenced == [f"{1:064x}"]
    assert catalog.records(workspace).assets.load([a, b])[0].id == b
    assert add(number=1) > b


def test_ids_are_never_given_twice(catalog: Catalog, workspace: int, add: Add) -> None:
    last = add()
    catalog.records(workspace).assets.delete([last])
    assert add() > last


def test_by_sha256(catalog: Catalog, workspace: int, other: int, add: Add) -> None:
    a = add(number=1)
    assert catalog.records(workspace).assets.by_sha256([f"{1:064x}", f"{2:064x}", "not \ud800 one"[:3]]) == {
        f"{1:064x}": a
    }
    assert catalog.records(other).assets.by_sha256([f"{1:064x}"]) == {}
    assert catalog.records(workspace).assets.by_sha256([]) == {}


@pytest.mark.parametrize(
    "bad",
    [
        {"sha256": "ABC"},
        {"uuid": "x"},
        {"folder": "a/../b"},
        {"filename": "nul\0"},
        {"title": "half \ud800"},
        {"metadata": {"k": object()}},
        {"metadata": {"k": "\ud800"}},
        {"bytes": 2**70},
        {"facts": Facts(gps=Gps(latitude=float("nan"), longitude=1.0))},
        {"status": "lost"},
    ],
    ids=lambda bad: next(iter(bad)),
)
def test_what_cannot_be_stored_is_refused_whole(catalog: Catalog, workspace: int, bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        catalog.records(workspace).assets.add([new_asset(1), new_asset(**{"number": 2, **bad})])
    assert catalog.records(workspace).assets.count() == 0
    assert catalog.records(workspace).changes.head() == 0


def test_a_chosen_uuid_is_unique(catalog: Catalog, workspace: int, other: int) -> None:
    catalog.records(workspace).assets.add([FULL])
    with pytest.raises(Conflict):
        catalog.records(other).assets.add([new_asset(9, uuid=FULL.uuid)])


@pytest.mark.parametrize("id_", [0, -1, 2**63 - 1])
def test_unknown_ids_are_not_found(catalog: Catalog, workspace: int, id_: int) -> None:
    with pytest.raises(NotFound):
        catalog.records(workspace).assets.get(id_)


def test_numbers_beyond_any_id_are_refused(catalog: Catalog, workspace: int) -> None:
    with pytest.raises((InvalidInput, NotFound)):
        catalog.records(workspace).assets.get(2**80)


def test_only_bytes_that_nobody_refers_to_are_discarded(catalog: Catalog, workspace: int, other: int) -> None:
    records = catalog.records(workspace)
    mine, shared_ = (made.id for made in records.assets.add([new_asset(1), new_asset(2)]))
    catalog.records(other).assets.add([new_asset(2)])
    assert records.assets.originals() == {mine: f"{1:064x}", shared_: f"{2:064x}"}
    gone = records.assets.delete([mine, shared_])
    assert gone.unreferenced == [f"{1:064x}"]
    removed: list[str] = []
    records.assets.discard([f"{1:064x}", f"{2:064x}"], removed.extend)
    assert removed == [f"{1:064x}"]
    records.assets.add([new_asset(1)])
    records.assets.discard([f"{1:064x}"], removed.extend)
    assert removed == [f"{1:064x}"], "added anew meanwhile"
    assert records.assets.total_bytes() == 100


def test_looks_are_what_copies_are_told_by(records: Records) -> None:
    facts = Facts(phash="0f" * 8, thumbhash="AAAA", camera=Camera(make="Some"))
    [plain, seen] = records.assets.add([new_asset(1), new_asset(2, facts=facts, width=40, height=30)])
    records.assets.trash([plain.id])
    [first, second] = records.assets.looks()
    assert (first.id, first.phash, first.exif) == (plain.id, None, False)
    assert (second.id, second.phash, second.thumbhash, second.exif) == (seen.id, "0f" * 8, "AAAA", True)
    assert (second.width, second.height, second.kind) == (40, 30, Kind.IMAGE)


def test_patches_of_their_own_are_applied_together_or_not_at_all(records: Records) -> None:
    a, b = (added.id for added in records.assets.add([new_asset(), new_asset()]))
    records.assets.update_each({a: AssetPatch(title="one"), b: AssetPatch(rating=3, add_tags=("x",))})
    assert [(asset.title, asset.rating, asset.tags) for asset in records.assets.load([a, b])] == [
        ("one", None, ()),
        (None, 3, ("x",)),
    ]
    with pytest.raises(NotFound):
        records.assets.update_each({a: AssetPatch(title="two"), 10**6: AssetPatch(title="two")})
    assert records.assets.get(a).title == "one"


def test_assets_are_found_by_uuid(records: Records) -> None:
    asset = records.assets.add([new_asset()])[0]
    assert records.assets.by_uuid([asset.uuid, "0" * 32]) == {asset.uuid: asset.id}
