from __future__ import annotations

import hashlib
import os
import signal
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fototeca.assets import Asset, NewAsset, Status
from fototeca.blobs import Blobs, original_key
from fototeca.catalog import Added, Catalog, Records
from fototeca.errors import CorruptMedia, InvalidInput, NotFound, StorageError
from fototeca.ingest import Failure, Fetcher, Found, Item, Pipeline, Progress, Report, Skipped, estimate, expand
from tests.ingest.samples import jpeg, write, zipped


def look(*paths: Path) -> Iterator[Found]:
    return expand([str(path) for path in paths], fetch=Fetcher())


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def stored(records: Records) -> list[Asset]:
    return records.assets.iterate()


def photos(folder: Path, count: int, start: int = 0) -> Path:
    return write(folder, {f"{number:03}.jpg": jpeg(number) for number in range(start, start + count)})


def test_a_folder_becomes_assets(pipeline: Pipeline, records: Records, blobs: Blobs, tmp_path: Path) -> None:
    root = write(tmp_path / "p", {"a.jpg": jpeg(1, (300, 200)), "sub/b.jpg": jpeg(2), "notes.txt": b"hello"})
    report = pipeline.add(look(root), folder="imported", tags=["new"])
    assert (report.added, report.duplicates, report.failed, report.interrupted) == (2, 0, [], False)
    assert report.skipped == [Skipped(f"{root}/notes.txt", "the bytes are of no image or video format that is read")]
    assets = {asset.filename: asset for asset in stored(records)}
    assert sorted(report.ids) == sorted(asset.id for asset in assets.values())
    asset = assets["a.jpg"]
    assert (asset.folder, asset.source, asset.tags) == ("imported/p", f"{root}/a.jpg", ("new",))
    assert (asset.format, asset.mime, asset.width, asset.height) == ("jpg", "image/jpeg", 300, 200)
    assert (asset.sha256, asset.bytes) == (sha256(jpeg(1, (300, 200))), len(jpeg(1, (300, 200))))
    assert asset.facts.phash
    assert report.bytes == sum(asset.bytes for asset in assets.values())
    assert assets["b.jpg"].folder == "imported/p/sub"
    assert blobs.get(original_key(asset.sha256)) == jpeg(1, (300, 200))
    kept = sorted(key.split(".", 1)[1] for key in blobs.list("renditions"))
    assert kept == ["1440.jpg", "256.jpg", "256.jpg"], "the small picture's renditions are the same, and kept once"


def test_the_report_can_be_told_as_json(pipeline: Pipeline, tmp_path: Path) -> None:
    report = pipeline.add(look(write(tmp_path / "p", {"a.jpg": jpeg(), "b.jpg": b"broken"})))
    told = msgspec.json.decode(msgspec.json.encode(report))
    assert told["added"] == 1
    assert told["failed"] == [
        {"path": f"{tmp_path}/p/b.jpg", "error": "the bytes are of no image or video format that is read"}
    ]
    assert msgspec.convert(told, Report) == report


def test_a_second_run_reads_nothing_and_completes_the_rest(
    pipeline: Pipeline, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = photos(tmp_path / "p", 5)
    pipeline.add(look(root))
    photos(root, 2, start=5)
    seen: list[str] = []
    real = pipeline._reader.map

    def watched(items: Iterable[Any]) -> Iterator[Any]:
        for item, outcome in real(items):
            seen.append(item.filename)
            yield item, outcome

    monkeypatch.setattr(pipeline._reader, "map", watched)
    report = pipeline.add(look(root))
    assert (report.added, report.duplicates) == (2, 5)
    assert sorted(seen) == ["005.jpg", "006.jpg"]
    assert len(stored(records)) == 7


def test_copies_within_one_run_are_linked(pipeline: Pipeline, records: Records, tmp_path: Path) -> None:
    root = write(tmp_path / "p", {f"{number:03}.jpg": jpeg(number % 3) for number in range(100)})
    report = pipeline.add(look(root, root / "000.jpg", root / "000.jpg"))
    assert (report.added, report.duplicates, report.failed) == (3, 99, [])
    assert {asset.filename for asset in stored(records)} == {"000.jpg", "001.jpg", "002.jpg"}


def test_copies_of_a_broken_file_all_fail(pipeline: Pipeline, tmp_path: Path) -> None:
    broken = jpeg()[:200]
    report = pipeline.add(look(write(tmp_path / "p", {"a.jpg": broken, "b.jpg": broken, "c.jpg": jpeg(1)})))
    assert report.added == 1
    assert sorted(failure.path for failure in report.failed) == [f"{tmp_path}/p/a.jpg", f"{tmp_path}/p/b.jpg"]


def test_another_workspace_has_its_own_record_of_the_same_bytes(
    pipeline: Pipeline, catalog: Catalog, blobs: Blobs, tmp_path: Path
) -> None:
    other = Pipeline(catalog.records(catalog.workspaces.get("other").id), blobs, pipeline._reader)
    root = photos(tmp_path / "p", 2)
    assert [one.add(look(root)).added for one in (pipeline, other)] == [2, 2]
    assert len(list(blobs.list("originals"))) == 2


def test_a_duplicate_in_the_trash_stays_there_and_is_told(pipeline: Pipeline, records: Records, tmp_path: Path) -> None:
    root = photos(tmp_path / "p", 2)
    first = pipeline.add(look(root))
    records.assets.trash(first.ids[:1])
    [trashed] = records.assets.load(first.ids[:1])
    again = pipeline.add(look(root))
    assert (again.added, again.duplicates, again.in_trash) == (0, 2, [trashed.source])
    assert records.assets.get(trashed.id).status is Status.TRASHED


def test_all_join_the_collection_duplicates_too(pipeline: Pipeline, records: Records, tmp_path: Path) -> None:
    root = photos(tmp_path / "p", 4)
    early = pipeline.add(look(root / "000.jpg")).ids
    write(root, {"copy of 1.jpg": jpeg(1), "broken.jpg": b"x"})
    report = pipeline.add(look(root), collection="Summer trip")
    [collection] = records.collections.all()
    assert collection.name == "Summer trip"
    assert records.collections.asset_ids(collection.id) == sorted(early + report.ids)
    for key in ("Summer trip", collection.slug, collection.id):
        assert pipeline.add(look(root / "001.jpg"), collection=key).duplicates == 1
    assert len(records.collections.all()) == 1
    with pytest.raises(NotFound):
        pipeline.add(look(root), collection=collection.id + 1)


def test_no_file_stops_the_others(pipeline: Pipeline, shared: Path) -> None:
    report = pipeline.add(look(shared / "photos" / "phones"))
    assert report.added > 25
    assert all(failure.error for failure in report.failed)
    assert report.progress(None).done == estimate([str(shared / "photos" / "phones")])


def test_what_the_catalogue_refuses_fails_alone(
    pipeline: Pipeline, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = records.assets.add

    def add(new: list[NewAsset], **_: bool) -> list[Added]:
        if any(asset.filename == "001.jpg" for asset in new):
            raise InvalidInput("not this one")
        return real(new)

    monkeypatch.setattr(records.assets, "add", add)
    report = pipeline.add(look(photos(tmp_path / "p", 5)))
    assert report.added == 4
    assert report.failed == [Failure(f"{tmp_path}/p/001.jpg", "not this one")]


def test_a_catalogue_that_fails_ends_the_run_and_nothing_is_told_too_early(
    pipeline: Pipeline, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Progress] = []
    real = records.assets.add

    def add(new: list[NewAsset], **_: bool) -> list[Added]:
        if len(stored(records)) >= 30:
            raise StorageError("the disk is full")
        return real(new)

    monkeypatch.setattr(records.assets, "add", add)
    with pytest.raises(StorageError, match="the disk is full"):
        pipeline.add(look(photos(tmp_path / "p", 100)), progress=told.append)
    assert told[-1].added == len(stored(records)) < 100


def test_progress_counts_only_what_is_stored(pipeline: Pipeline, records: Records, tmp_path: Path) -> None:
    root = write(photos(tmp_path / "p", 80), {"x.jpg": b"broken", "y.txt": b"", "z.jpg": jpeg(0)})
    told: list[Progress] = []

    def progress(now: Progress) -> None:
        assert len(stored(records)) >= now.added
        told.append(now)

    pipeline.add(look(root), total=50, progress=progress)
    assert len(told) >= 3
    assert [now.done for now in told] == sorted(now.done for now in told)
    last = told[-1]
    assert (last.done, last.total, last.added, last.duplicates, last.failed, last.skipped) == (83, 83, 80, 1, 1, 1)
    assert told[0].total == 50
    assert last.bytes == sum(asset.bytes for asset in stored(records))


def test_temporary_files_are_removed_however_it_ends(
    pipeline: Pipeline, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    members = {f"{number}.jpg": jpeg(number % 30) for number in range(60)} | {"broken.jpg": b"x"}
    write(tmp_path, {"a.zip": zipped(members)})
    report = pipeline.add(look(tmp_path / "a.zip"))
    assert (report.added, report.duplicates, len(report.failed)) == (30, 30, 1)
    assert not list(folder.iterdir())

    def fail(*_: object) -> None:
        raise StorageError("gone")

    monkeypatch.setattr(records.assets, "by_sha256", fail)
    with pytest.raises(StorageError, match="gone"):
        pipeline.add(look(tmp_path / "a.zip"))
    assert not list(folder.iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_in_good_order(
    pipeline: Pipeline, records: Records, tmp_path: Path, number: signal.Signals
) -> None:
    root = photos(tmp_path / "p", 200)
    before = signal.getsignal(number)

    def interrupted() -> Iterator[Found]:
        for count, found in enumerate(look(root)):
            if count == 70:
                os.kill(os.getpid(), number)
            yield found

    report = pipeline.add(interrupted())
    assert report.interrupted
    assert 30 < report.added < 71
    assert report.added == len(stored(records))
    assert signal.getsignal(number) is before
    again = pipeline.add(look(root))
    assert (again.added, again.duplicates) == (200 - report.added, report.added)


def deleting_meanwhile(records: Records, blobs: Blobs, asset_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Delete an asset, and have its blobs removed when the next one is about to be recorded."""
    gone = records.assets.delete([asset_id])
    assert gone.unreferenced
    real = records.assets.add

    def remove(keys: list[str]) -> None:
        for key in blobs.list():
            if any(sha256 in key for sha256 in keys):
                blobs.delete(key)

    def add(new: list[NewAsset], **_: bool) -> list[Added]:
        records.assets.discard(gone.unreferenced, remove)
        assert not list(blobs.list())
        return real(new)

    monkeypatch.setattr(records.assets, "add", add)


def test_blobs_removed_while_the_same_bytes_come_in_again_are_kept_again(
    pipeline: Pipeline, records: Records, blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = photos(tmp_path / "p", 1)
    [asset_id] = pipeline.add(look(root)).ids
    before = set(blobs.list())
    deleting_meanwhile(records, blobs, asset_id, monkeypatch)
    assert pipeline.add(look(root)).added == 1
    assert set(blobs.list()) == before
    assert blobs.get(original_key(sha256(jpeg(0)))) == jpeg(0)


def test_blobs_removed_during_an_upload_are_kept_again(
    pipeline: Pipeline, records: Records, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset_id, _ = pipeline.add_one(jpeg(7), "sea.jpg")
    before = set(blobs.list())
    deleting_meanwhile(records, blobs, asset_id, monkeypatch)
    assert pipeline.add_one(jpeg(7), "sea.jpg") != (asset_id, True)
    assert set(blobs.list()) == before


def test_a_file_that_vanishes_is_a_failure(pipeline: Pipeline, tmp_path: Path) -> None:
    gone = Item(tmp_path / "gone.jpg", "gone.jpg", "gone.jpg")
    assert pipeline.add([gone]).failed == [Failure("gone.jpg", "cannot be read: No such file or directory")]


def test_one_upload_of_bytes(pipeline: Pipeline, records: Records, blobs: Blobs) -> None:
    given: dict[str, Any] = {
        "folder": "uploads",
        "title": "Sea",
        "tags": ("a", "b"),
        "metadata": {"job": 7},
        "uuid": "ab" * 16,
    }
    asset_id, duplicate = pipeline.add_one(jpeg(7), "sea.jpg", collection="Web", **given)
    assert not duplicate
    asset = records.assets.get(asset_id)
    assert {name: getattr(asset, name) for name in given} == given
    assert [membership.collection for membership in asset.memberships] == ["Web"]
    assert blobs.get(original_key(asset.sha256)) == jpeg(7)
    assert pipeline.add_one(jpeg(7), "other.jpg", collection="Second", title="Lake") == (asset_id, True)
    asset = records.assets.get(asset_id)
    assert (asset.filename, asset.title) == ("sea.jpg", "Sea")
    assert {membership.collection for membership in asset.memberships} == {"Web", "Second"}


def test_one_upload_of_a_file(pipeline: Pipeline, records: Records, tmp_path: Path) -> None:
    write(tmp_path, {"upload": jpeg(8)})
    asset_id, _ = pipeline.add_one(tmp_path / "upload", "lake.jpg")
    assert records.assets.get(asset_id).filename == "lake.jpg"


def test_an_upload_that_cannot_be_read_leaves_nothing(pipeline: Pipeline, records: Records, blobs: Blobs) -> None:
    with pytest.raises(CorruptMedia):
        pipeline.add_one(jpeg()[:300], "cut.jpg")
    assert not stored(records)
    assert not list(blobs.list())
