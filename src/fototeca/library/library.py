"""One workspace's photos: add, get, search, update, delete."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fototeca.assets import Asset, Workspace
from fototeca.blobs import Blobs, original_key
from fototeca.catalog import AssetPatch, Records
from fototeca.engine import Index, Results
from fototeca.errors import InvalidInput
from fototeca.ingest import Fetcher, Pipeline, Report, estimate, expand
from fototeca.ingest.interrupt import stop_asked
from fototeca.library import files
from fototeca.library.enrichment import Enriched, Enricher, OnStage
from fototeca.library.files import StoredFile
from fototeca.library.following import Follower
from fototeca.library.meaning import LEAST_RELEVANCE, Meanings
from fototeca.library.models import Models
from fototeca.library.results import Found, FoundAsset
from fototeca.media import Reader
from fototeca.query import (
    And,
    Expression,
    Facet,
    Fuse,
    Like,
    Match,
    Meaning,
    Page,
    Query,
    Rank,
    Sort,
    Vector,
    parse,
    walk,
)

_ACTIVE = Match("status", "active")
_LARGEST_PAGE = 10_000


class Library:
    """A workspace as the rest of the program sees it; every API and dialect is a translation to and from this.

    What has an identity of its own is reached by name: `library.folders`, `.albums`, `.collections`, `.people`,
    `.annotations`, `.metadata_fields`, `.devices`, `.jobs`, `.entries`, `.changes`.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        records: Records,
        blobs: Blobs,
        index: Index,
        pipeline: Pipeline,
        reader: Reader,
        fetcher: Fetcher,
        models: Models,
        enricher: Enricher,
    ) -> None:
        self.workspace = workspace
        self.records = records
        self.folders = records.folders
        self.albums = records.albums
        self.collections = records.collections
        self.people = records.people
        self.annotations = records.annotations
        self.metadata_fields = records.metadata_fields
        self.devices = records.devices
        self.jobs = records.jobs
        self.entries = records.entries
        self.changes = records.changes
        self.index = index
        self._blobs = blobs
        self._pipeline = pipeline
        self._reader = reader
        self._fetcher = fetcher
        self._follower = Follower(records, index)
        self._meanings = Meanings(records, models)
        self.enricher = enricher
        self._and_then: Callable[[], None] | None = None

    # --- putting in

    def add(self, *sources: str | Path, **options: Any) -> Report:
        """Add files, folders, archives and URLs.

        Args:
            sources: What to read; folders are read with everything below them.
            options: As `Pipeline.add` takes them: `collection`, `folder`, `tags`, `progress`.

        Returns:
            What was added, what was there already, and what failed and why.
        """
        names = [str(source) for source in sources]
        return self._pipeline.add(expand(names, fetch=self._fetcher), total=estimate(names), **options)

    def upload(self, source: Path | bytes, filename: str, /, **given: Any) -> tuple[Asset, bool]:
        """Add one file; return its asset, and whether its bytes were there already.

        Args:
            source: A file or its bytes.
            filename: The name to keep.
            given: What the caller says of it, as `Pipeline.add_one` takes it.

        Raises:
            MediaError: The file cannot be read; the message says why.
        """
        asset_id, duplicate = self._pipeline.add_one(source, filename, **given)
        return self.get(asset_id), duplicate

    def upload_url(self, url: str, filename: str | None = None, /, **given: Any) -> tuple[Asset, bool]:
        """Add the file that a URL leads to, as `upload` does; without a filename it keeps its own.

        Raises:
            FetchError: The URL cannot, or must not, be fetched.
        """
        download = self._fetcher.fetch(url)
        try:
            return self.upload(download.path, filename or download.filename, **{"source": download.url} | given)
        finally:
            download.path.unlink()

    # --- looking up

    def get(self, asset_id: int | str) -> Asset:
        """Return the asset with this id or UUID.

        Raises:
            NotFound: This workspace has none.
        """
        return self.records.assets.get(asset_id)

    def load(self, ids: Sequence[int]) -> list[Asset]:
        """Return the assets with these ids, in this order, without those that are gone."""
        return self.records.assets.load(ids)

    def file(self, asset: Asset, variant: str) -> StoredFile | None:
        """Return the asset's original ("original") or a rendition ("256", "1440"), or `None` where there is none."""
        return files.find(self._blobs, asset, variant)

    # --- asking

    def search(
        self,
        query: str | Query = "",
        *,
        where: Expression | None = None,
        like: Sequence[int] = (),
        unlike: Sequence[int] = (),
        picture: bytes | None = None,
        sort: Sequence[str] = (),
        facets: Sequence[str | Facet] = (),
        limit: int | None = None,
        cursor: str | None = None,
        offset: int = 0,
        min_relevance: float | None = None,
        explain: bool = False,
    ) -> Found:
        """Answer a question.

        Args:
            query: In the native language, or already as a tree.
            where: A further filter.
            like: Ids of examples.
            unlike: Ids of counter-examples.
            picture: An example that is not in the library: the bytes of an image file.
            sort: Field names, best first; "-name" descends.
            facets: What to count: field names, or facets with ranges or intervals.
            limit: Hits of a page.
            cursor: `Found.cursor` of the page before.
            offset: Hits to leave out, for callers that count instead of using cursors.
            min_relevance: Leave out what fits worse than this, 0..1; by default only what fits the meaning of the words
                badly.
            explain: Tell how the answer was found.

        Assets in the trash are left out unless the question names `status`.

        Raises:
            QueryError: The question cannot be understood.
            CursorError: The cursor belongs to another question.
        """
        start = time.perf_counter()
        asked = parse(query) if isinstance(query, str) else query
        if where is not None:
            asked = replace(asked, where=And((asked.where, where)))
        if like or unlike:
            asked = replace(asked, rank=_joined(asked.rank, Like(tuple(like), tuple(unlike))))
        if picture is not None:
            asked = replace(asked, rank=_joined(asked.rank, self._of_picture(picture)))
        if sort:
            asked = replace(asked, sort=tuple(Sort(key.lstrip("-"), key.startswith("-")) for key in sort))
        asked = replace(
            asked,
            facets=asked.facets + tuple(Facet(f) if isinstance(f, str) else f for f in facets),
            page=Page(asked.page.limit if limit is None else limit, cursor or asked.page.cursor, offset),
            min_relevance=asked.min_relevance if min_relevance is None else min_relevance,
            explain=asked.explain or explain,
        )
        results = self.answer(asked, LEAST_RELEVANCE if min_relevance is None else min_relevance)
        assets = {asset.id: asset for asset in self.load([hit.id for hit in results.hits])}
        hits = (FoundAsset(assets[hit.id], hit.score, hit.relevance) for hit in results.hits if hit.id in assets)
        took = (time.perf_counter() - start) * 1000
        return Found(results.total, tuple(hits), results.facets, results.cursor, took, results.explain, self._thumbnail)

    def answer(self, query: Query, least: float = LEAST_RELEVANCE) -> Results:
        """Answer a tree with ids only, after catching up with everything committed before the call.

        Args:
            query: The question.
            least: What fits the meaning of its words worse than this, 0..1, is not found by meaning; 0 ranks all.
        """
        self._follower.catch_up()
        if not any(getattr(node, "field", None) == "status" for node in walk(query.where)):
            query = replace(query, where=And((query.where, _ACTIVE)))
        return self.index.search(replace(query, rank=self._resolved(query.rank, least)))

    def ids(self, query: str | Query = "") -> list[int]:
        """Return the id of every asset that a question finds, from first to last."""
        asked = parse(query) if isinstance(query, str) else query
        found: list[int] = []
        page = Page(_LARGEST_PAGE)
        while True:
            results = self.answer(replace(asked, facets=(), page=page))
            found += results.ids
            if results.cursor is None:
                return found
            page = Page(_LARGEST_PAGE, results.cursor)

    def walk(self, query: str | Query = "", page: int = 1000) -> Iterator[Asset]:
        """Yield every asset that a question finds, from first to last."""
        cursor = None
        while True:
            found = self.search(query, limit=page, cursor=cursor)
            yield from (hit.asset for hit in found)
            cursor = found.cursor
            if cursor is None:
                return

    # --- changing

    def update(self, ids: Sequence[int], **changes: Any) -> None:
        """Change assets; `changes` are attributes of the catalogue's `AssetPatch`."""
        self.records.assets.update(ids, AssetPatch(**changes))

    def trash(self, ids: Sequence[int]) -> None:
        """Put assets in the trash."""
        self.records.assets.trash(ids)

    def restore(self, ids: Sequence[int]) -> None:
        """Take assets out of the trash."""
        self.records.assets.restore(ids)

    def delete(self, ids: Sequence[int]) -> None:
        """Remove assets for good: first their records, then those bytes that no other record needs."""
        gone = self.records.assets.delete(ids)
        self.records.assets.discard(gone.unreferenced, lambda keys: files.remove(self._blobs, keys))

    # --- looking after

    def enrich(self, progress: OnStage | None = None) -> Enriched:
        """Give every asset what the installed models can tell of it. It may be stopped and run again.

        In the main thread, the first SIGINT or SIGTERM ends it once what is being looked at is stored.

        Args:
            progress: Told how many assets each stage has seen, of how many.

        Raises:
            ModelError: There is no model that can be used.
        """
        with stop_asked() as stopping:
            return self.enricher.run(progress, stopping)

    def rebuild(self) -> int:
        """Make the search index anew from the catalogue; return how many assets it holds."""
        return self._follower.rebuild()

    def catch_up(self) -> None:
        """Make everything committed before this call visible to the next search; `search` does so itself."""
        self._follower.catch_up()

    def flush(self) -> None:
        """Catch up and write the index to disk."""
        self._follower.catch_up()
        self._follower.flush()

    def has_original(self, sha256: str) -> bool:
        """Whether the bytes of an original are in the blob store."""
        return self._blobs.exists(original_key(sha256))

    def closing(self, and_then: Callable[[], None]) -> None:
        """Let `close` do this too, last."""
        self._and_then = and_then

    def close(self) -> None:
        """Write what is pending and let go of the index; a second call does nothing."""
        and_then, self._and_then = self._and_then, None
        self._follower.close()
        self.index.close()
        if and_then is not None:
            and_then()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _thumbnail(self, asset: Asset) -> bytes | None:
        file = self.file(asset, "256")
        return None if file is None else b"".join(file.read(0, file.size))

    def _of_picture(self, data: bytes) -> Vector:
        """Read an image file as any other, and return the rank that it stands for."""
        return self._meanings.of_picture(self._reader.read(data, "example").renditions["1440"].data)

    def _resolved(self, rank: Rank | None, least: float) -> Rank | None:
        """Replace what needs a model by what the engine understands; without a model, meaning is left out.

        Raises:
            InvalidInput: Nothing is left, or likeness is asked for and there are no vectors.
        """
        match rank:
            case Fuse(parts=parts, weights=weights):
                weighted = zip(parts, weights or (1.0,) * len(parts), strict=True)
                known = [(self._meant(part, least), weight) for part, weight in weighted]
                kept = [(part, weight) for part, weight in known if part is not None]
                if len(kept) > 1:
                    return Fuse(tuple(part for part, _ in kept), tuple(weight for _, weight in kept))
                return kept[0][0] if kept else self._resolved(parts[0], least)
            case Meaning():
                vector = self._meant(rank, least)
                if vector is None:
                    raise InvalidInput("searching by meaning needs a model, and none is installed", field="query")
                return vector
            case _:
                return rank if rank is None else self._meant(rank, least)

    def _meant(self, rank: Rank, least: float) -> Rank | None:
        match rank:
            case Meaning(words=words):
                return self._meanings.of_text(words, least)
            case Like(ids=ids, unlike=unlike, space=""):
                return Like(ids, unlike, self._meanings.space())
            case Fuse():
                return self._resolved(rank, least)
            case _:
                return rank


def _joined(rank: Rank | None, other: Rank) -> Rank:
    return other if rank is None else Fuse((rank, other))
