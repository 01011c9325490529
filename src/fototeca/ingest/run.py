"""One run of an ingest: which files are read, and when what was read is committed and counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from fototeca.assets import NewAsset
from fototeca.catalog import Added
from fototeca.errors import FototecaError, StorageError
from fototeca.ingest.items import Failure, Found, Item, Skipped
from fototeca.ingest.names import folder_path
from fototeca.ingest.report import OnProgress, Report
from fototeca.ingest.storing import Store, digest_of, new_asset
from fototeca.media import Media, Reader

_BATCH = 32
_BATCH_SECONDS = 0.5
_KEEPERS = 4
"""Threads that write blobs: they mostly wait for the file system or the network."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """Bytes that are being taken in, for the first file that has them and for its copies that turn up meanwhile."""

    digest: str
    item: Item
    copies: list[Item]

    @property
    def source(self) -> Path:
        """The file to read."""
        return self.item.path

    @property
    def filename(self) -> str:
        """What it is called."""
        return self.item.filename


class Run:
    """The state of one run. It all happens in the caller's thread, except the reading and the keeping of blobs.

    An `Item` arrives, is looked up by its digest, and is then linked to an asset that is there, or read, kept in the
    blobs and made ready. `_settle` commits what is kept and linked; only there does it count.
    """

    def __init__(
        self,
        store: Store,
        reader: Reader,
        *,
        folder: str,
        collection_id: int | None,
        tags: tuple[str, ...],
        total: int | None,
        progress: OnProgress | None,
    ) -> None:
        self.report = Report()
        self._store = store
        self._reader = reader
        self._folder = folder
        self._collection_id = collection_id
        self._tags = tags
        self._total = total
        self._progress = progress
        self._open: set[Item] = set()
        self._arrived: list[Item] = []
        self._claims: dict[str, _Claim] = {}
        self._ready: list[tuple[_Claim, Media, Future[None]]] = []
        self._keepers = ThreadPoolExecutor(_KEEPERS)
        self._linked: list[tuple[Item, int]] = []
        self._settled_at = time.monotonic()

    def add(self, found: Iterable[Found], stopping: Callable[[], bool]) -> None:
        """Take in everything found, until asked to stop."""
        try:
            for claim, outcome in self._reader.map(self._to_read(found, stopping)):
                self._keep(claim, outcome)
                self._settle_if_due()
            self._settle()
        finally:
            self._keepers.shutdown(cancel_futures=True)
            for item in self._open:
                item.close()

    def _to_read(self, found: Iterable[Found], stopping: Callable[[], bool]) -> Iterator[_Claim]:
        """The files that must be read, taken from what is found as the reader asks for them."""
        for one in found:
            match one:
                case Item():
                    self._open.add(one)
                    self._arrived.append(one)
                case Skipped():
                    self.report.skipped.append(one)
                case Failure():
                    self.report.failed.append(one)
            if stopping():
                self.report.interrupted = True
                return
            if self._arrived and self._due(len(self._arrived)):
                yield from self._look_up()
            self._settle_if_due()
        yield from self._look_up()

    def _look_up(self) -> Iterator[_Claim]:
        """Sort what arrived into bytes that the workspace has, bytes that are being taken in, and new ones to read."""
        arrived, self._arrived = self._arrived, []
        digests = [(item, self._digest(item)) for item in arrived]
        known = self._store.known([digest for _, digest in digests if digest])
        for item, digest in digests:
            if not digest:
                continue
            if digest in known:
                self._linked.append((item, known[digest]))
            elif digest in self._claims:
                self._claims[digest].copies.append(item)
            else:
                self._claims[digest] = _Claim(digest, item, [])
                yield self._claims[digest]

    def _digest(self, item: Item) -> str | None:
        try:
            return digest_of(item.path)
        except OSError as error:
            self._fail(item, f"cannot be read: {error.strerror}")
            return None

    def _keep(self, claim: _Claim, outcome: Media | FototecaError) -> None:
        """Start putting into the blobs what was read; fail what could not be."""
        if isinstance(outcome, FototecaError):
            self._fail_claim(claim, outcome)
        else:
            self._ready.append((claim, outcome, self._keepers.submit(self._store.keep, claim.item.path, outcome)))

    def _settle_if_due(self) -> None:
        if self._due(len(self._ready) + len(self._linked)):
            self._settle()

    def _due(self, waiting: int) -> bool:
        return waiting >= _BATCH or time.monotonic() - self._settled_at >= _BATCH_SECONDS

    def _settle(self) -> None:
        """Commit what is ready, let everything join the collection, and only then count and report it."""
        ready = self._kept()
        linked, self._linked = self._linked, []
        fresh: list[tuple[Item, Media, int]] = []
        for (claim, media), outcome in zip(ready, self._recorded(ready), strict=True):
            if isinstance(outcome, FototecaError):
                self._fail_claim(claim, outcome)
                continue
            del self._claims[claim.digest]
            if outcome.duplicate:
                linked.append((claim.item, outcome.id))
            else:
                fresh.append((claim.item, media, outcome.id))
            linked += [(copy, outcome.id) for copy in claim.copies]
        if self._collection_id is not None and (fresh or linked):
            self._store.join(self._collection_id, [*(id_ for *_, id_ in fresh), *(id_ for _, id_ in linked)])
        self._count(fresh, linked)
        self._settled_at = time.monotonic()

    def _kept(self) -> list[tuple[_Claim, Media]]:
        """What is ready, now that its blobs are kept; what could not be kept fails."""
        ready, self._ready = self._ready, []
        kept = []
        for claim, media, keeping in ready:
            try:
                keeping.result()
            except FototecaError as error:
                self._fail_claim(claim, error)
            else:
                kept.append((claim, media))
        return kept

    def _recorded(self, ready: Sequence[tuple[_Claim, Media]]) -> list[Added | FototecaError]:
        """Record a batch; if the catalogue refuses it, each file alone, so that only the culprit fails."""
        try:
            added = self._store.record([self._new(claim.item, media) for claim, media in ready]) if ready else []
            again = [self._keepers.submit(self._store.keep_again, claim.item.path, media) for claim, media in ready]
            for checked in again:
                checked.result()
        except StorageError:
            raise
        except FototecaError as error:
            return [error] if len(ready) == 1 else [one for each in ready for one in self._recorded([each])]
        return list(added)

    def _new(self, item: Item, media: Media) -> NewAsset:
        folder = folder_path([self._folder, item.folder])
        return new_asset(media, folder=folder, tags=self._tags, source=item.source)

    def _count(self, fresh: list[tuple[Item, Media, int]], linked: list[tuple[Item, int]]) -> None:
        report = self.report
        report.added += len(fresh)
        report.bytes += sum(media.bytes for _, media, _ in fresh)
        report.ids += [id_ for *_, id_ in fresh]
        report.duplicates += len(linked)
        trashed = self._store.in_trash([id_ for _, id_ in linked])
        report.in_trash += [item.source for item, id_ in linked if id_ in trashed]
        for item in (*(item for item, *_ in fresh), *(item for item, _ in linked)):
            self._close(item)
        if self._progress is not None:
            self._progress(report.progress(self._total))

    def _fail_claim(self, claim: _Claim, error: FototecaError) -> None:
        del self._claims[claim.digest]
        for item in (claim.item, *claim.copies):
            self._fail(item, error.message)

    def _fail(self, item: Item, error: str) -> None:
        self.report.failed.append(Failure(item.source, error))
        self._close(item)

    def _close(self, item: Item) -> None:
        item.close()
        self._open.discard(item)
