"""Keeps an index in step with the catalogue's change log."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from fototeca.assets import Asset, Embedding, Owner
from fototeca.catalog import Records
from fototeca.engine import Change, Delete, Document, Index, Upsert
from fototeca.errors import StorageError
from fototeca.query import fields

_log = logging.getLogger(__name__)
_BATCH = 2_000
_FLUSH_AFTER = 2_000
"""Changes that may wait in memory; what is not written to disk is replayed from the change log at the next start."""

Progress = Callable[[int, int], None]
"""Told how much is done, of how much."""


class Follower:
    """Applies to one workspace's index what the change log says, in order, from where the index stands."""

    def __init__(self, records: Records, index: Index) -> None:
        self._records = records
        self._index = index
        self._lock = threading.Lock()
        self._unflushed = 0
        self._flushing: threading.Thread | None = None

    def catch_up(self, progress: Progress | None = None) -> int:
        """Apply all that was committed before this call; return how many documents changed.

        Searches call this first: it is what makes a write visible to the next query, whichever process wrote it.
        """
        head = self._records.changes.head()
        if head <= self._index.sequence:
            return 0
        with self._lock:
            return self._replay(head, progress)

    def rebuild(self, progress: Progress | None = None) -> int:
        """Make the index anew from the catalogue; return how many documents it holds."""
        with self._lock:
            self._index.clear()
            count = self._fill(self._records.changes.head(), progress)
            self._unflushed = 0
            self._index.flush()
        return count

    def flush(self) -> None:
        """Write the index to disk, or adopt what the process that may do so has written."""
        self._unflushed = 0
        if not self._index.flush():
            self._adopt()

    def _adopt(self) -> None:
        """Show what is on disk and what was committed since, instead of keeping all that was applied in memory."""
        other = self._index.successor()
        if other is not None and other.sequence:
            self._follow(other, self._index.sequence, None)
            with self._lock:
                self._follow(other, self._index.sequence, None)  # what was applied meanwhile
                self._index.adopt(other)

    def close(self) -> None:
        """Write the index to disk a last time, and wait for what is being written."""
        if self._flushing is not None:
            self._flushing.join()
        self._index.flush()

    def _flush_beside(self) -> None:
        """Write the index to disk beside the searches; one that is being written already will do."""
        if self._flushing is None or not self._flushing.is_alive():
            self._flushing = threading.Thread(target=self._flush_or_log, name="index-flush")
            self._flushing.start()

    def _flush_or_log(self) -> None:
        try:
            self.flush()
        except StorageError as error:
            _log.warning("the index stays in memory: %s", error.message)

    def _replay(self, head: int, progress: Progress | None) -> int:
        empty = self._index.sequence == 0
        count = self._fill(head, progress) if empty else self._follow(self._index, head, progress)
        self._unflushed += count
        if self._unflushed >= _FLUSH_AFTER:
            self._flush_beside()
        return count

    def _follow(self, index: Index, head: int, progress: Progress | None) -> int:
        start, count = index.sequence, 0
        while index.sequence < head:
            entries = self._records.changes.since(index.sequence, _BATCH)
            if not entries:
                break
            ids = sorted({entry.entity_id for entry in entries if entry.entity == "asset"})
            index.apply(self._current(ids), entries[-1].sequence)
            count += len(ids)
            if progress is not None:
                progress(index.sequence - start, head - start)
        return count

    def _fill(self, head: int, progress: Progress | None) -> int:
        """Index every asset: quicker than replaying the log from its beginning."""
        if len(self._index):  # it was broken off before
            self._index.clear()
        total, count, after = self._records.assets.count(), 0, 0
        while assets := self._records.assets.iterate(after, _BATCH):
            self._index.apply([Upsert(document) for document in self._documents(assets)], 0)
            after, count = assets[-1].id, count + len(assets)
            if progress is not None:
                progress(count, total)
        self._index.apply([], head)
        return count

    def _current(self, ids: Sequence[int]) -> list[Change]:
        """Each id as it is now: the log says that it changed, the catalogue says to what."""
        assets = self._records.assets.load(ids)
        gone = set(ids).difference(asset.id for asset in assets)
        return [*(Delete(asset_id) for asset_id in gone), *(Upsert(document) for document in self._documents(assets))]

    def _documents(self, assets: Sequence[Asset]) -> Iterable[Document]:
        pictures = self._pictures_of_frames()
        held: dict[int, dict[str, list[Embedding]]] = {}
        for embedding in self._records.embeddings.of_assets([asset.id for asset in assets]):
            spaces = held.setdefault(embedding.asset_id, {})
            spaces.setdefault(embedding.space, []).append(embedding)
            if embedding.space in pictures:
                spaces.setdefault(pictures[embedding.space], []).append(embedding)
        for asset in assets:
            spaces = held.get(asset.id, {})
            vectors = {space: np.stack([_row(one) for one in rows]) for space, rows in spaces.items()}
            owners = {
                space: [one.owner_id if one.space == space else asset.id for one in rows]
                for space, rows in spaces.items()
            }
            yield Document(asset.id, fields.values(asset), vectors, owners)

    def _pictures_of_frames(self) -> dict[str, str]:
        """Spaces of videos' moments with those of whole pictures, where they stand too: any of them finds its video."""
        spaces = self._records.spaces.all()
        names = {space.name for space in spaces if space.owner is Owner.ASSET}
        return {space.name: space.model for space in spaces if space.owner is Owner.FRAME and space.model in names}


def _row(embedding: Embedding) -> NDArray[np.float16]:
    return np.frombuffer(embedding.vector, dtype="<f2")
