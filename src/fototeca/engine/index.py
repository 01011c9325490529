"""The index of one workspace: takes changes in order, answers queries, remembers itself on disk.

Readers work on an immutable snapshot and wait for nobody. A write makes a small segment and marks rows of older ones as
deleted, then swaps the snapshot. Small segments at the end are united at once, so that their number grows with the
logarithm of the number of writes; large ones are united by `flush`, while reads and writes go on.

The catalogue is the truth: an index that is lost or damaged is built anew from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import Self

import numpy as np
from pyroaring import BitMap

from fototeca.engine import executor, subtrees
from fototeca.engine.arrays import rows_of
from fototeca.engine.documents import Change, Document, Upsert
from fototeca.engine.ranking import Ranking
from fototeca.engine.relevance import Usual
from fototeca.engine.results import Results
from fototeca.engine.segment import Segment
from fototeca.engine.snapshot import Snapshot, View, merged
from fototeca.engine.store import Store
from fototeca.engine.subtrees import Subtree
from fototeca.engine.vectors import usable
from fototeca.errors import InvalidInput, StorageError
from fototeca.query.expressions import Expression, Query, Sort, Vector

_MERGED_AT_ONCE = 4096
"""Most rows that a write unites itself; more are left to `flush`."""
_UNITED = 4
"""Fewest segments that a write unites: uniting two costs more than a few searches of both."""


class Index:
    """A searchable set of documents; safe to use from many threads."""

    def __init__(self, store: Store | None, views: Sequence[View] = (), sequence: int = 0) -> None:
        self._store = store
        self._snapshot = Snapshot(views, sequence)
        self._writing = Lock()
        self._flushing = Lock()
        self._busy: frozenset[Segment] = frozenset()
        self._names: dict[Segment, str] = {}
        self._flushed: Snapshot | None = None
        self._replacing = False
        self._generation: int | None = None

    @classmethod
    def open(cls, folder: Path | None) -> Self:
        """Open the index in a folder as it was last flushed, mapped into memory; an empty one where there is none.

        Args:
            folder: Where it is kept; `None` for an index in memory only.

        Raises:
            StorageError: The files are damaged or were written by another version; see `create`.
        """
        if folder is None:
            return cls(None)
        store = Store(folder)
        try:
            generation, state = store.generation(), store.read()
        except OSError as error:
            raise StorageError(f"the index cannot be read: {error}") from error
        if state is None:
            return cls(store)
        manifest, segments = state
        views = [View(s, stored.deleted) for s, stored in zip(segments, manifest.segments, strict=True)]
        index = cls(store, views, manifest.sequence)
        index._names = {s: stored.name for s, stored in zip(segments, manifest.segments, strict=True)}
        index._flushed, index._generation = index._snapshot, generation
        return index

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Return an empty index that takes the place of whatever is in the folder when it is first flushed."""
        index = cls(Store(folder))
        index._replacing = True
        return index

    @property
    def sequence(self) -> int:
        """Position in the change log that is applied and visible; 0 when new."""
        return self._snapshot.sequence

    def __len__(self) -> int:
        return len(self._snapshot)

    def search(self, query: Query) -> Results:
        """Answer a query from everything applied so far.

        Raises:
            QueryError: The query names what does not exist or asks what its field does not allow.
            CursorError: The cursor is malformed or belongs to another query.
            LimitExceeded: The query asks for more than a documented limit.
        """
        return executor.search(self._snapshot, query)

    def usual(self, asked: Vector) -> Usual:
        """Return what a direction finds in the library at random, from which relevance is told.

        Raises:
            QueryError: The space has another dimension.
        """
        return Ranking(self._snapshot, ()).usual(asked)

    def subtrees(
        self, where: Expression, paths: Sequence[str], sort: Sequence[Sort] = (), first: int = 0
    ) -> dict[str, Subtree]:
        """Return what a filter finds in each of several folders, at the price of about one question.

        Args:
            where: The filter.
            paths: Each folder is counted with everything below it, also where one lies in another.
            sort: Order of the documents that are told, as a query's: without one the newest ids come first.
            first: How many of them.

        Raises:
            QueryError: As `search` does.
            LimitExceeded: As `search` does.
        """
        return subtrees.find(self._snapshot, where, paths, sort, first)

    def apply(self, changes: Sequence[Change], sequence: int) -> None:
        """Apply changes, the last of each document counting; the next search sees all of them.

        Args:
            changes: In their order.
            sequence: Position in the change log that is reached with them.

        Raises:
            InvalidInput: A vector has another dimension than its space; nothing is applied.
        """
        latest = {c.document.id if isinstance(c, Upsert) else c.id: c for c in changes}
        documents = [change.document for change in latest.values() if isinstance(change, Upsert)]
        with self._writing:
            _check_dimensions(documents, self._snapshot)
            views = self._snapshot.without(np.array(sorted(latest), np.int64))
            if documents:
                views.append(View(Segment.build(documents), BitMap()))
            self._snapshot = Snapshot(self._tidied(views), max(sequence, self.sequence))

    def warm(self) -> None:
        """Make what many questions need, so that the first of them do not wait for it; searches go on meanwhile."""
        for view in self._snapshot:
            view.segment.warm()

    def clear(self) -> None:
        """Forget everything; the next `flush` empties the folder too."""
        with self._writing:
            self._snapshot = Snapshot((), 0)
            self._replacing = True

    def flush(self) -> bool:
        """Unite segments where that pays, and persist the index.

        Returns:
            Whether the folder holds this state now. Only one process writes a folder: where another one does, or has
            written a later state, this index stays in memory as it is, until it adopts what the other one wrote.

        Raises:
            StorageError: The files cannot be written.
        """
        with self._flushing:
            try:
                self._compact()
                return self._store is None or self._persist(self._store)
            except OSError as error:
                raise StorageError(f"the index cannot be written: {error}") from error
            finally:
                self._busy = frozenset()

    def successor(self) -> Index | None:
        """Return the index as another process has flushed it since this one was opened, flushed or adopted; else none.

        Raises:
            StorageError: The files are damaged or were written by another version.
        """
        if self._store is None or self._replacing or self._store.generation() in {None, self._generation}:
            return None
        return Index.open(self._store.folder)

    def adopt(self, other: Index) -> None:
        """Show what another index of the same folder shows, if that is at least as much."""
        with self._flushing, self._writing:
            if other.sequence >= self.sequence:
                self._snapshot, self._flushed, self._names = other._snapshot, other._flushed, other._names
                self._generation = other._generation

    @property
    def unsaved(self) -> int:
        """How many of the documents are in memory only."""
        return sum(len(view) for view in self._snapshot if view.segment not in self._names)

    def verify(self) -> None:
        """Check every byte of the flushed state against its checksums.

        Raises:
            StorageError: Something is damaged or missing.
        """
        if self._store is not None:
            self._store.verify()

    def close(self) -> None:
        """Let another process write the folder. What was not flushed must be applied again after opening."""
        with self._flushing:
            if self._store is not None:
                self._store.unlock()

    def _tidied(self, views: list[View]) -> list[View]:
        """Unite the small segments at the end, some at a time, while they are half as long as the one before."""
        start, total = len(views) - 1, len(views[-1]) if views else 0
        while start > 0 and len(views[start - 1]) <= 2 * total and views[start - 1].segment not in self._busy:
            total += len(views[start - 1])
            if total > _MERGED_AT_ONCE:
                break
            start -= 1
        if len(views) - start < _UNITED:
            return views
        return [*views[:start], View(merged(views[start:]), BitMap())]

    def _compact(self) -> None:
        """Unite segments until each is more than twice as long as the next and mostly alive."""
        while True:
            with self._writing:
                views = self._snapshot.views
                chosen = views[_unfit(views)]
                self._busy = frozenset(view.segment for view in chosen)
            if not chosen:
                return
            self._replace(chosen, View(_settled(merged(chosen)), BitMap()))

    def _replace(self, old: Sequence[View], new: View) -> None:
        """Put a merged segment in the place of its sources, without what was deleted meanwhile."""
        with self._writing:
            current = {view.segment: view for view in self._snapshot}
            place = next((at for at, view in enumerate(self._snapshot) if view.segment in self._busy), None)
            if place is None:
                return
            for view in old:
                now = current.get(view.segment)
                gone = (view.live if now is None else now.deleted) - view.deleted
                new = new.without(view.segment.ids[rows_of(gone)])
            views = [view for view in self._snapshot if view.segment not in self._busy]
            views[place:place] = [new] if len(new) else []
            self._snapshot = Snapshot(views, self.sequence)

    def _persist(self, store: Store) -> bool:
        with self._writing:
            snapshot, replacing = self._snapshot, self._replacing
            self._busy = frozenset(view.segment for view in snapshot)
        if snapshot is self._flushed and not replacing:
            return True
        if not store.lock():
            return False
        if not replacing and self._overtaken(store, snapshot.sequence):
            store.unlock()
            return False
        mapped: dict[Segment, Segment] = {}
        for segment in self._busy:
            name = self._names.get(segment)
            if name is None or not store.holds(name):
                self._names[segment], mapped[segment] = store.save(_settled(segment))
        store.publish(snapshot.sequence, [(self._names[view.segment], view.deleted) for view in snapshot])
        self._names = {mapped.get(s, s): name for s, name in self._names.items() if s in self._busy}
        with self._writing:
            unchanged = self._snapshot is snapshot
            views = [View(mapped.get(v.segment, v.segment), v.deleted, v.lengths) for v in self._snapshot]
            self._snapshot = Snapshot(views, self.sequence)
            self._flushed = self._snapshot if unchanged else None
            self._replacing = self._replacing and not unchanged
            self._generation = store.generation()
        return True

    def _overtaken(self, store: Store, sequence: int) -> bool:
        manifest = store.manifest()
        return manifest is not None and manifest.sequence > sequence


def _unfit(views: Sequence[View]) -> slice:
    """Return which neighbouring segments should be united next, the newest first; an empty slice if none."""
    for last in range(len(views) - 1, 0, -1):
        total, start = len(views[last]), last
        while start > 0 and len(views[start - 1]) <= 2 * total:
            start -= 1
            total += len(views[start])
        if start < last:
            return slice(start, last + 1)
    for at, view in enumerate(views):
        if len(view.deleted) > len(view):
            return slice(at, at + 1)
    return slice(0, 0)


def _settled(segment: Segment) -> Segment:
    """Return the segment with lists for its large vector spaces; until then they are scanned."""
    vectors = {space: column.settled() for space, column in segment.vectors.items()}
    if all(column is segment.vectors[space] for space, column in vectors.items()):
        return segment
    return Segment(segment.ids, segment.columns, segment.text, vectors)


def _check_dimensions(documents: Iterable[Document], snapshot: Snapshot) -> None:
    dimensions = dict(snapshot.spaces)
    for document in documents:
        for space, vectors in document.vectors.items():
            width = np.shape(vectors)[-1]
            known = dimensions.get(space)
            if known == width or not len(usable(vectors)):
                continue
            if dimensions.setdefault(space, width) != width:
                raise InvalidInput(
                    f'asset {document.id}: the space "{space}" has {known} dimensions, not {width}', field=space
                )
