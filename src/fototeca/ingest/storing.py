"""What ingest asks of the catalogue and the blobs, for one workspace."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fototeca.assets import NewAsset, Status, Version
from fototeca.blobs import Blobs, original_key
from fototeca.catalog import Added, Records
from fototeca.media import Media


class Store:
    """Where one workspace's files and records go.

    A file's blobs are kept before its record: a program that dies in between leaves blobs that nobody refers to, and
    that the next try finds in their place, but never a record without its blobs.
    """

    def __init__(self, records: Records, blobs: Blobs) -> None:
        self._records = records
        self._blobs = blobs

    def collection_id(self, key: int | str | None) -> int | None:
        """The id of a collection given by id, slug or name; a name that is not known becomes a new collection.

        Raises:
            NotFound: There is no collection of this id.
            InvalidInput: The text cannot name a collection.
        """
        if key is None:
            return None
        collections = self._records.collections
        if isinstance(key, int):
            return collections.get(key).id
        for known in collections.all():
            if key in {known.name, known.slug} and known.trashed is None:
                return known.id
        return collections.create(key).id

    def known(self, digests: Sequence[str]) -> dict[str, int]:
        """The ids of the assets that have these SHA-256 digests, by digest."""
        return self._records.assets.by_sha256(digests)

    def in_trash(self, asset_ids: Sequence[int]) -> set[int]:
        """Those of the assets that are in the trash."""
        assets = self._records.assets.load(asset_ids) if asset_ids else []
        return {asset.id for asset in assets if asset.status is Status.TRASHED}

    def keep(self, source: Path | bytes, media: Media) -> None:
        """Keep the original and its renditions.

        Raises:
            StorageError: The blobs failed, or the file is not the one that was read.
        """
        self._blobs.put_original(source, media.sha256)
        kept = None
        for variant, rendition in sorted(media.renditions.items(), key=lambda item: int(item[0])):
            if rendition.data != kept:  # a small picture's renditions are one and the same: the smallest stands for all
                self._blobs.put_rendition(media.sha256, variant, rendition.data, extension=rendition.extension)
            kept = rendition.data

    def keep_again(self, source: Path | bytes, media: Media) -> None:
        """Keep a file's blobs once more if they were removed before its record was written.

        Whoever deletes the last asset with the same bytes removes their blobs while no record can be written. So once
        the new record is there, they are either gone already or safe.
        """
        if not self._blobs.exists(original_key(media.sha256)):
            self.keep(source, media)

    def record(self, new: Sequence[NewAsset], *, copies: bool = False) -> list[Added]:
        """Write the records of files whose blobs are kept, in one transaction."""
        return self._records.assets.add(new, copies=copies)

    def replace(self, asset_id: int, new: NewAsset, *, copies: bool) -> None:
        """Write the record of an asset's next version, whose blobs are kept."""
        self._records.assets.replace(asset_id, new, copies=copies)

    @contextmanager
    def original(self, sha256: str) -> Iterator[Path]:
        """Give the bytes of an original as a file.

        Raises:
            NotFound: They are not there.
        """
        with self._blobs.file(original_key(sha256)) as path:
            yield path

    def choose(self, version: Version, file: NewAsset) -> None:
        """Write the record of an asset that shows one of its versions again."""
        self._records.versions.choose(version, file)

    def join(self, collection_id: int, asset_ids: Sequence[int]) -> None:
        """Make assets members of a collection."""
        self._records.collections.put(collection_id, asset_ids)


def digest_of(source: Path | bytes) -> str:
    """The SHA-256 of a file or of bytes, in hex.

    Raises:
        OSError: The file cannot be read.
    """
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def new_asset(media: Media, **given: Any) -> NewAsset:
    """The record of a file, from what was read in it and what its sender says of it; the sender's word counts."""
    read: dict[str, Any] = {
        "sha256": media.sha256,
        "filename": media.filename,
        "format": media.format,
        "mime": media.mime,
        "kind": media.kind,
        "bytes": media.bytes,
        "width": media.width,
        "height": media.height,
        "duration": media.duration,
        "taken": media.facts.taken,
        "facts": media.facts,
    }
    return NewAsset(**(read | given))
