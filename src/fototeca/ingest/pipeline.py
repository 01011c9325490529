"""Takes files in, many at a time or one: read in a sandbox, bytes to the blobs, then the record to the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from fototeca.assets import Kind, Version
from fototeca.blobs import Blobs
from fototeca.catalog import Records
from fototeca.errors import UnsupportedMedia
from fototeca.ingest.interrupt import stop_asked
from fototeca.ingest.items import Found
from fototeca.ingest.report import OnProgress, Report
from fototeca.ingest.run import Run
from fototeca.ingest.storing import Store, digest_of, new_asset
from fototeca.media import Media, Reader, identify


class Pipeline:
    """Adds files to one workspace. May be used from many threads.

    Args:
        records: Where the records go, of the workspace that they belong to.
        blobs: Where originals and renditions go.
        reader: Reads the files, in as many processes as it has.
    """

    def __init__(self, records: Records, blobs: Blobs, reader: Reader) -> None:
        self._store = Store(records, blobs)
        self._reader = reader

    def add(
        self,
        found: Iterable[Found],
        *,
        folder: str = "",
        collection: int | str | None = None,
        tags: Sequence[str] = (),
        total: int | None = None,
        progress: OnProgress | None = None,
    ) -> Report:
        """Add everything found, and say what became of it. No file stops the others.

        A file whose bytes the workspace has already is not read again, and nothing of it changes but that it joins the
        collection; so a second run over the same sources only completes the first. In the main thread, the first
        SIGINT or SIGTERM ends the run once what is being read is stored.

        Args:
            found: From `expand`; its items are closed here.
            folder: The catalogue folder that the items' own folders are below.
            collection: Id, slug or name of the collection that all join; a name that is not known becomes a new one.
            tags: Given to every new asset.
            total: About how many things `found` holds, for the progress.
            progress: Told of the progress.

        Raises:
            NotFound: There is no collection of this id.
            InvalidInput: The folder, the collection or a tag is not valid.
            StorageError: The catalogue failed; what was reported before that is safe.
        """
        run = Run(
            self._store,
            self._reader,
            folder=folder,
            collection_id=self._store.collection_id(collection),
            tags=tuple(tags),
            total=total,
            progress=progress,
        )
        with stop_asked() as stopping:
            run.add(found, stopping)
        return run.report

    def add_one(
        self,
        source: Path | bytes,
        filename: str,
        /,
        *,
        collection: int | str | None = None,
        copy: bool = False,
        kind: Kind | None = None,
        **given: Any,
    ) -> tuple[int, bool]:
        """Add one file, such as an upload.

        Args:
            source: The file or its bytes.
            filename: The name to keep.
            collection: As in `add`.
            copy: Make an asset of its own also of bytes that the workspace has already.
            kind: What it must be. Where this is `Kind.RAW`, and only then, a file of any content is kept as it is, with
                nothing read of it.
            given: Attributes of `NewAsset` that the sender tells: folder, title, tags, metadata, device and so on.

        Returns:
            The asset's id, and whether the workspace had these bytes already; then nothing `given` is changed.

        Raises:
            MediaError: The file cannot be read, or is not of the kind that it must be.
            InvalidInput: Something given is not valid.
        """
        collection_id = self._store.collection_id(collection)
        digest = digest_of(source)
        asset_id = None if copy else self._store.known([digest]).get(digest)
        duplicate = asset_id is not None
        if asset_id is None:
            media = self._read(source, filename, kind)
            self._store.keep(source, media)
            [(asset_id, _, _, duplicate)] = self._store.record([new_asset(media, **given)], copies=copy)
            self._store.keep_again(source, media)
        if collection_id is not None:
            self._store.join(collection_id, [asset_id])
        return asset_id, duplicate

    def replace(
        self, asset_id: int, source: Path | bytes, filename: str, *, copy: bool = False, kind: Kind | None = None
    ) -> None:
        """Give an asset another original, as its next version.

        Args:
            asset_id: Whose.
            source: The file or its bytes.
            filename: What the file is called.
            copy: Also take bytes that another asset has.
            kind: What it must be, as in `add_one`.

        Raises:
            MediaError: The file cannot be read.
            Conflict: Another asset has these bytes, and it may not be a copy.
        """
        media = self._read(source, filename, kind)
        self._store.keep(source, media)
        self._store.replace(asset_id, new_asset(media), copies=copy)
        self._store.keep_again(source, media)

    def choose(self, version: Version) -> None:
        """Make one of the originals that an asset has had its current one again, with what is in the file read anew.

        Raises:
            NotFound: The version, or its bytes, are gone.
            MediaError: The file cannot be read.
        """
        kind = None if version.width else Kind.RAW  # only what was kept as it is has no width
        with self._store.original(version.sha256) as path:
            media = self._read(path, version.filename, kind)
            self._store.keep(path, media)
            self._store.choose(version, new_asset(media))

    def _read(self, source: Path | bytes, filename: str, kind: Kind | None) -> Media:
        if kind is Kind.RAW:
            return identify(source, filename=filename)
        media = self._reader.read(source, filename)
        if kind not in {None, media.kind}:
            raise UnsupportedMedia(f"this is of kind {media.kind}, not {kind}")
        return media
