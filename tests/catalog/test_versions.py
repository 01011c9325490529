"""The originals that an asset has had: made by replacing, chosen again, and removed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from fototeca.assets import Facts, Kind, Publication
from fototeca.catalog import Catalog, Findings, Records, Wanted
from fototeca.errors import Conflict, NotFound
from tests.catalog.conftest import new_asset

Add = Callable[..., int]
Logged = Callable[[Callable[[], Any]], list[tuple[str, int, str]]]

STAGE, MAKER = "meaning", "model@1"
WANTED = [Wanted(STAGE, MAKER, [Kind.IMAGE])]


def numbers(records: Records, asset_id: int) -> list[int]:
    return [version.number for version in records.versions.of_asset(asset_id)]


def look(records: Records, asset_id: int) -> int:
    return records.enrichments.store(STAGE, MAKER, [(records.assets.get(asset_id), Findings())])


def test_replacing_makes_a_version(records: Records, add: Add) -> None:
    id_, rival = add(number=1, title="kept", tags=("t",)), add(number=2)
    records.assets.replace(id_, new_asset(3, width=10, facts=Facts(mode="L")))
    asset = records.assets.get(id_)
    assert (asset.version, asset.sha256, asset.width, asset.facts.mode) == (2, f"{3:064x}", 10, "L")
    assert (asset.title, asset.tags) == ("kept", ("t",))
    records.assets.replace(id_, new_asset(3))
    versions = records.versions.of_asset(id_)
    assert [(v.sha256, v.kind) for v in versions] == [(f"{1:064x}", "original"), (f"{3:064x}", "edit")]
    with pytest.raises(Conflict, match=str(rival)):
        records.assets.replace(id_, new_asset(2))


def test_an_earlier_version_is_chosen_and_later_ones_stay(records: Records, add: Add, logged: Logged) -> None:
    id_ = add(number=1, title="kept", taken=datetime(2020, 1, 2, tzinfo=UTC))
    records.assets.replace(id_, new_asset(2, width=10))
    first, second = records.versions.of_asset(id_)
    again = new_asset(1, width=7, duration=2.5, facts=Facts(mode="L"), taken=datetime(2021, 1, 2, 3))
    assert logged(lambda: records.versions.choose(first, again)) == [("asset", id_, "updated")]
    assert records.changes.since(0)[-1].detail == {"reason": "replaced"}, "followers do what they do at a replacement"
    asset = records.assets.get(id_)
    assert (asset.version, asset.sha256, asset.width, asset.duration) == (1, f"{1:064x}", 7, 2.5)
    assert (asset.facts.mode, asset.taken, asset.title) == ("L", datetime(2021, 1, 2, 3), "kept")
    assert records.versions.of_asset(id_) == [first, second]
    assert logged(lambda: records.versions.choose(first, again)) == [], "it is current already"
    records.assets.replace(id_, new_asset(3))
    assert (numbers(records, id_), records.assets.get(id_).version) == ([1, 2, 3], 3)


def test_every_change_of_the_file_has_a_later_second(records: Records, add: Add) -> None:
    id_ = add(number=1, publication=Publication(access_mode="authenticated"))
    seconds = [records.assets.get(id_).created.timestamp()]
    records.assets.replace(id_, new_asset(2))
    for number in (1, 2, 1):
        publication = records.assets.get(id_).publication
        assert publication.uploaded is not None
        assert publication.access_mode == "authenticated"
        seconds.append(publication.uploaded.timestamp())
        records.versions.choose(records.versions.of_asset(id_)[number - 1], new_asset(number))
    assert all(int(later) > int(earlier) for earlier, later in itertools.pairwise(seconds))


def test_only_its_own_file_makes_a_version_current(records: Records, add: Add) -> None:
    id_ = add(number=1)
    records.assets.replace(id_, new_asset(2))
    first, _ = records.versions.of_asset(id_)
    with pytest.raises(Conflict, match="other bytes"):
        records.versions.choose(first, new_asset(3))
    records.versions.remove(first)
    with pytest.raises(NotFound, match="version"):
        records.versions.choose(first, new_asset(1))


def test_a_version_that_is_not_current_is_removed(records: Records, add: Add, logged: Logged) -> None:
    id_ = add(number=1)
    records.assets.replace(id_, new_asset(2))
    first, second = records.versions.of_asset(id_)
    with pytest.raises(Conflict, match="current"):
        records.versions.remove(second)
    assert logged(lambda: records.versions.remove(first)) == [("asset", id_, "updated")]
    assert records.versions.of_asset(id_) == [second]
    with pytest.raises(NotFound, match="version"):
        records.versions.remove(first)


def test_a_removed_version_tells_whether_others_need_its_bytes(
    catalog: Catalog, other: int, records: Records, add: Add
) -> None:
    id_ = add(number=1)
    for number in (2, 1, 3, 4):
        records.assets.replace(id_, new_asset(number), copies=True)
    catalog.records(other).assets.add([new_asset(2)])
    first, second, third, fourth, _ = records.versions.of_asset(id_)
    assert records.versions.remove(first) == [], "the third has them"
    assert records.versions.remove(second) == [], "another workspace has them"
    assert records.versions.remove(third) == [f"{1:064x}"]
    assert records.versions.remove(fourth) == [f"{3:064x}"]


def test_a_number_that_comes_again_is_another_version(records: Records, add: Add) -> None:
    id_ = add(number=1)
    records.assets.replace(id_, new_asset(2))
    before = records.assets.get(id_)
    look(records, id_)
    first, second = records.versions.of_asset(id_)
    records.versions.choose(first, new_asset(1))
    assert records.enrichments.missing(WANTED) == [id_], "the first one has to be looked at again"
    records.versions.remove(second)
    records.assets.replace(id_, new_asset(3))
    assert numbers(records, id_) == [1, 2]
    assert records.enrichments.missing(WANTED) == [id_], "what was seen in the one that is gone does not count"
    assert records.assets.get(id_).seen == ()
    assert records.enrichments.store(STAGE, MAKER, [(before, Findings())]) == 0, "a look that was begun before"
    records.enrichments.fail(STAGE, MAKER, [(before, "too late")], final=True)
    assert records.enrichments.missing(WANTED) == [id_]
    assert look(records, id_) == 1
    assert records.enrichments.missing(WANTED) == []


def test_versions_are_counted_and_found_by_their_uuids(
    catalog: Catalog, other: int, records: Records, add: Add
) -> None:
    a, b = add(number=1), add(number=2)
    records.assets.replace(a, new_asset(3))
    first, second = records.versions.of_asset(a)
    assert records.versions.count([a, b, 10**9]) == {a: 2, b: 1}
    assert records.versions.of_assets([b, a, 10**9]).keys() == {a, b}
    assert records.versions.get(second.uuid) == second
    assert len(records.versions.originals()) == 3
    stranger = catalog.records(other).versions
    assert (stranger.count([a]), stranger.of_assets([a])) == ({}, {})
    assert stranger.originals() == []
    for refused in (
        lambda: stranger.get(second.uuid),
        lambda: stranger.of_asset(a),
        lambda: stranger.remove(first),
        lambda: stranger.choose(first, new_asset(1)),
        lambda: records.versions.get("0" * 32),
    ):
        with pytest.raises(NotFound):
            refused()
    assert records.assets.get(a).version == 2


def test_versions_go_with_their_asset(records: Records, add: Add) -> None:
    id_ = add(number=1)
    records.assets.replace(id_, new_asset(2))
    first, _ = records.versions.of_asset(id_)
    records.versions.choose(first, new_asset(1))
    assert records.assets.delete([id_]).unreferenced == [f"{1:064x}", f"{2:064x}"]
    assert records.versions.count([id_]) == {}
