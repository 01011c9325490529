"""Files that are no images: videos, taken in beside photos, and others, kept where that is asked."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from fototeca.assets import Kind
from fototeca.blobs import Blobs, original_key, rendition_key
from fototeca.catalog import Records
from fototeca.errors import UnsupportedMedia
from fototeca.ingest import Fetcher, Pipeline, expand
from tests.ingest.samples import jpeg
from tests.videos import corners, still, video

TABLE = b"a,b\n1,2\n"


def test_a_folder_of_videos_and_photos(pipeline: Pipeline, records: Records, blobs: Blobs, tmp_path: Path) -> None:
    folder = tmp_path / "trip"
    folder.mkdir()
    clip = video(still(corners(), 50), sound=True)
    (folder / "clip.mp4").write_bytes(clip)
    (folder / "photo.jpg").write_bytes(jpeg(1))
    (folder / "broken.mov").write_bytes(b"\0\0\0\x14ftypqt  \0\0\0\0qt  ")
    (folder / "notes.ts").write_bytes(b"export const answer = 42\n" * 100)
    report = pipeline.add(expand([str(folder)], fetch=Fetcher()))
    assert report.added == 2
    assert [(failure.path, failure.error) for failure in report.failed] == [
        (f"{folder}/broken.mov", "the mov file is truncated or broken")
    ]
    assert [skipped.path for skipped in report.skipped] == [f"{folder}/notes.ts"]
    [asset] = [asset for asset in records.assets.load(report.ids) if asset.kind is Kind.VIDEO]
    assert (asset.format, asset.duration, asset.width, asset.height) == ("mp4", 2.0, 176, 144)
    assert blobs.get(original_key(asset.sha256)) == clip
    assert blobs.get(rendition_key(asset.sha256, "256", "jpg")).startswith(b"\xff\xd8")


def test_any_file_is_kept_as_it_is_where_that_is_asked(pipeline: Pipeline, records: Records, blobs: Blobs) -> None:
    with pytest.raises(UnsupportedMedia):
        pipeline.add_one(TABLE, "table.csv")
    asset_id, duplicate = pipeline.add_one(TABLE, "table.csv", kind=Kind.RAW, tags=("data",))
    asset = records.assets.get(asset_id)
    assert not duplicate
    assert (asset.kind, asset.format, asset.mime, asset.bytes) == (Kind.RAW, "csv", "text/csv", 8)
    assert (asset.width, asset.duration, asset.facts.phash, asset.tags) == (0, None, None, ("data",))
    digests = asset.sha256, asset.facts.sha1, asset.facts.md5
    assert digests == tuple(hashlib.new(name, TABLE).hexdigest() for name in ("sha256", "sha1", "md5"))
    assert blobs.get(original_key(asset.sha256)) == TABLE
    assert not list(blobs.list("renditions"))
    assert pipeline.add_one(TABLE, "again.csv", kind=Kind.RAW) == (asset_id, True)


@pytest.mark.parametrize(
    ("filename", "format_", "mime"),
    [
        ("page.HTML", "html", "text/html"),
        ("model.glb", "glb", "application/octet-stream"),
        ("archive.tar.gz", "gz", "application/gzip"),
        ("README", "", "application/octet-stream"),
        ("odd.né", "", "application/octet-stream"),
    ],
)
def test_what_a_kept_file_is_called(
    pipeline: Pipeline, records: Records, filename: str, format_: str, mime: str
) -> None:
    asset_id, _ = pipeline.add_one(filename.encode(), filename, kind=Kind.RAW)
    asset = records.assets.get(asset_id)
    assert (asset.format, asset.mime) == (format_, mime)


def test_a_file_of_another_kind_than_it_must_be_is_refused(pipeline: Pipeline, records: Records) -> None:
    with pytest.raises(UnsupportedMedia, match="this is of kind image, not video"):
        pipeline.add_one(jpeg(1), "a.jpg", kind=Kind.VIDEO)
    assert records.assets.count() == 0
