"""One workspace's photos: add, get, search, update, delete."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from fototeca.assets import Asset, Face, Kind, Owner, Word, Workspace
from fototeca.blobs import Blobs, original_key
from fototeca.catalog import AssetPatch, Records
from fototeca.engine import Index, Results, Subtree
from fototeca.errors import Conflict
from fototeca.ingest import Download, Fetcher, Pipeline, Report, estimate, expand
from fototeca.ingest.interrupt import stop_asked
from fototeca.library import crops, files, making, ranks
from fototeca.library.duplicates import DuplicateGroup, Duplicates
from fototeca.library.enrichment import Enriched, Enricher, OnStage
from fototeca.library.files import StoredFile
from fototeca.library.following import Follower, Progress
from fototeca.library.keeping import Kept
from fototeca.library.meaning import Direction, Meanings
from fototeca.library.models import Models
from fototeca.library.moments import Moment, matched
from fototeca.library.pictures import MARGIN, Picture, crop, picture_of, pixels, portrait
from fototeca.library.positions import as_said
from fototeca.library.results import Found, FoundAsset, FoundPart, Region
from fototeca.media import Made, Plan, Reader
from fototeca.query import (
    And,
    Expression,
    Facet,
    Like,
    Match,
    Page,
    Query,
    Sort,
    Vector,
    parse,
    walk,
)

T = TypeVar("T")

_ACTIVE = Match("status", "active")
_LARGEST_PAGE = 10_000


class Library:
    """A workspace as the rest of the program sees it; every API and dialect is a translation to and from this.

    What has an identity of its own is reached by name: `library.folders`, `.albums`, `.collections`, `.people`,
    `.faces`, `.objects`, `.annotations`, `.metadata_fields`, `.devices`, `.jobs`, `.entries`, `.changes`.
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
        self.faces = records.faces
        self.objects = records.objects
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
        self._meanings = Meanings(records, models, index)
        self.enricher = enricher
        self._duplicates = Duplicates(records, blobs)
        self._kept = Kept(records.changes)
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
        with self.fetched(url) as download:
            return self.upload(download.path, filename or download.filename, **{"source": download.url} | given)

    def replace(
        self, asset_id: int, source: Path | bytes, filename: str, *, copy: bool = False, kind: Kind | None = None
    ) -> Asset:
        """Give an asset another original, as its next version; what people said of it stays.

        Args:
            asset_id: Whose.
            source: A file or its bytes.
            filename: What the file is called.
            copy: Also take bytes that another asset has.
            kind: What it must be; see `Pipeline.add_one`.

        Raises:
            MediaError: The file cannot be read.
            Conflict: Another asset has these bytes, and it may not be a copy.
        """
        before = self.get(asset_id)
        self._pipeline.replace(asset_id, source, filename, copy=copy, kind=kind)
        return self._as_said(before)

    def choose_version(self, uuid: str) -> Asset:
        """Make one of the originals that an asset has had its current one again; what people said of it stays.

        Args:
            uuid: The version's; see `records.versions`. Another asset may have the same bytes.

        Raises:
            NotFound: The workspace has no such version, or its bytes are gone.
            MediaError: The file cannot be read.
        """
        version = self.records.versions.get(uuid)
        asset = self.get(version.asset_id)
        if asset.version != version.number:
            self._pipeline.choose(version)
        return self._as_said(asset)

    def remove_version(self, uuid: str) -> Asset:
        """Remove one of the originals of an asset, with those bytes that no other record needs.

        Where it is the current one, the one before it becomes current, or of the first one the one after it.

        Raises:
            NotFound: The workspace has no such version.
            Conflict: It is the only one.
        """
        version = self.records.versions.get(uuid)
        asset = self.get(version.asset_id)
        if asset.version == version.number:
            versions = self.records.versions.of_asset(asset.id)
            others = [other for other in versions if other.uuid != uuid]
            if not others:
                raise Conflict("this is the only version of its asset")
            before = [other for other in others if other.number < version.number]
            self.choose_version((before[-1] if before else others[0]).uuid)
        self.records.assets.discard(self.records.versions.remove(version), lambda keys: files.remove(self._blobs, keys))
        return self.get(asset.id)

    def _as_said(self, before: Asset) -> Asset:
        """Return an asset whose file may be another one now, with the moment and position that people gave it."""
        after = self.get(before.id)
        patch = as_said(before, after) if (after.version, after.sha256) != (before.version, before.sha256) else None
        if patch is None:
            return after
        self.records.assets.update([after.id], patch)
        return self.get(after.id)

    @contextmanager
    def fetched(self, url: str) -> Iterator[Download]:
        """Give the file that a URL leads to, for as long as the block runs.

        Raises:
            FetchError: The URL cannot, or must not, be fetched.
        """
        download = self._fetcher.fetch(url)
        try:
            yield download
        finally:
            download.path.unlink()

    # --- looking up

    def find_public(self, public_ids: Sequence[str], kind: Kind, delivery: str = "upload") -> dict[str, Asset]:
        """Return the assets that clients know by these names, those in the trash included.

        An asset that nobody gave a name is known by its UUID.
        """
        ids = self.records.assets.by_public_id(public_ids, kind, delivery)
        unnamed = self.records.assets.by_uuid([name for name in public_ids if name not in ids])
        found = {asset.id: asset for asset in self.load([*ids.values(), *unnamed.values()])}
        named = {name: found[id_] for name, id_ in ids.items() if id_ in found}
        for uuid, id_ in unnamed.items():
            asset = found.get(id_)
            if asset is not None and asset.public_id is None and (asset.kind, asset.delivery) == (kind, delivery):
                named[uuid] = asset
        return named

    def get(self, asset_id: int | str) -> Asset:
        """Return the asset with this id or UUID.

        Raises:
            NotFound: This workspace has none.
        """
        return self.records.assets.get(asset_id)

    def load(self, ids: Sequence[int]) -> list[Asset]:
        """Return the assets with these ids, in this order, without those that are gone."""
        return self.records.assets.load(ids)

    def words(self, asset: Asset) -> list[Word]:
        """Return the words that were read in the asset's picture, in reading order, each with its place."""
        return self.records.words.of_asset(asset.id)

    def file(self, asset: Asset, variant: str) -> StoredFile | None:
        """Return an asset's file, or `None` where there is none.

        Args:
            asset: Whose file.
            variant: "original", a rendition ("256", "1440"), "version-UUID" for the original of one of its versions,
                "version-UUID-256" or "-1440" for a rendition of that, or "face-UUID" for one of its faces.
        """
        if variant.startswith(files.VERSION):
            return files.find_version(self._blobs, self.records.versions.of_asset(asset.id), variant)
        if variant.startswith(crops.PREFIX):
            return crops.find(self._blobs, asset, variant)
        return files.find(self._blobs, asset, variant)

    def made(self, asset: Asset, plan: Plan) -> Made:
        """Return a picture made of an asset's original, of a video's of one frame, as a plan says; it is made once.

        Raises:
            NotFound: The original's bytes are gone.
            MediaError: It is not a picture.
            InvalidInput: The plan asks for more than is allowed.
        """
        return making.made(self._blobs, self._reader, asset, plan)

    def transformed(self, source: Path | bytes, plan: Plan) -> bytes:
        """Return a picture made of a file that is not stored; raises as `made` does."""
        data = source if isinstance(source, bytes) else source.read_bytes()
        return self._reader.transform(data, plan).data

    def kind_of(self, source: Path | bytes) -> Kind:
        """Return what kind of asset a file would be, by its first bytes."""
        return making.kind_of(source)

    def portrait(self, face: Face) -> bytes:
        """Return a face as a small JPEG picture, with some of what is around it.

        Raises:
            MediaError: Its asset has no picture that can be read.
        """
        return portrait(picture_of(self._blobs, self.get(face.asset_id)), face.box)

    def kept(self, name: str, entities: Sequence[str], read: Callable[[], T]) -> T:
        """Return what `read` makes of the records, read anew only after one of these kinds of things has changed.

        Args:
            name: Of the value.
            entities: Kinds of things, as the change log names them, of which the value is made.
            read: Makes the value, which nobody must change.
        """
        return self._kept.get(name, entities, read)

    # --- asking

    def search(
        self,
        query: str | Query = "",
        *,
        where: Expression | None = None,
        like: Sequence[int] = (),
        unlike: Sequence[int] = (),
        of: Owner = Owner.ASSET,
        picture: bytes | None = None,
        region: Region | None = None,
        among: Owner | None = None,
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
            of: What these are ids of: assets, or objects or faces in them.
            picture: An example that is not in the library: the bytes of an image file.
            region: A part of an asset's picture as example.
            among: What words, picture and region are compared with: whole pictures, the objects in them (the default
                for a region), or, for picture and region, the faces.
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
        rank = asked.rank
        if among is not None and rank is not None:
            rank = ranks.among(rank, among)
        if like or unlike:
            rank = ranks.joined(rank, Like(tuple(like), tuple(unlike), owner=of))
        for example in self._examples(picture, region, among):
            rank = ranks.joined(rank, example)
        if sort:
            asked = replace(asked, sort=tuple(Sort(key.lstrip("-"), key.startswith("-")) for key in sort))
        asked = replace(
            asked,
            rank=rank,
            facets=asked.facets + tuple(Facet(f) if isinstance(f, str) else f for f in facets),
            page=Page(asked.page.limit if limit is None else limit, cursor or asked.page.cursor, offset),
            min_relevance=asked.min_relevance if min_relevance is None else min_relevance,
            explain=asked.explain or explain,
        )
        results = self.answer(asked, min_relevance)
        assets = {asset.id: asset for asset in self.load([hit.id for hit in results.hits])}
        moments = self.moments(asked, [asset.id for asset in assets.values() if asset.kind is Kind.VIDEO])
        hits = self._named(results, assets, moments)
        took = (time.perf_counter() - start) * 1000
        return Found(results.total, tuple(hits), results.facets, results.cursor, took, results.explain, self._thumbnail)

    def _examples(self, picture: bytes | None, region: Region | None, among: Owner | None) -> Iterator[Vector]:
        """Yield the ranks that a picture and a part of an asset's picture stand for."""
        if picture is not None:
            yield self._meanings.of_picture(self._read_picture(picture), among or Owner.ASSET)
        if region is not None:
            part = crop(picture_of(self._blobs, self.get(region.asset_id)), region.checked_box(), MARGIN)
            yield self._meanings.of_picture(part, among or Owner.OBJECT)

    def _named(
        self, results: Results, assets: dict[int, Asset], moments: dict[int, tuple[Moment, ...]]
    ) -> Iterator[FoundAsset]:
        """Yield the hits whose assets are there, and say what was found in each."""
        spaces = {match.space for hit in results.hits for match in hit.matched}
        owners = {space.name: space.owner for space in self.records.spaces.all()} if spaces else {}
        for hit in results.hits:
            if hit.id in assets:
                matched = tuple(
                    FoundPart(owners[match.space], match.owner_id, match.score)
                    for match in hit.matched
                    if match.space in owners
                )
                yield FoundAsset(assets[hit.id], hit.score, hit.relevance, matched, moments.get(hit.id, ()))

    def answer(self, query: Query, least: float | None = None, *, fresh: bool = True) -> Results:
        """Answer a tree with ids only, after catching up with everything committed before the call.

        Args:
            query: The question.
            least: What fits the meaning of its words worse than this, 0..1, is not found by meaning; 0 ranks all. By
                default that depends on what the library holds, see `fototeca.library.presence`.
            fresh: Catch up first. Whoever asks several questions for one answer needs that for the first only.
        """
        if fresh:
            self._follower.catch_up()
        query = replace(query, where=_active(query.where))
        return self.index.search(replace(query, rank=ranks.resolved(self._meanings, query.rank, least)))

    def subtrees(
        self, where: Expression, paths: Sequence[str], sort: Sequence[Sort] = (), first: int = 0
    ) -> dict[str, Subtree]:
        """Return how many assets a filter finds in each of several folders, however deep, and the first of them.

        Folders may lie in each other. Nothing is caught up with first; see `answer`.
        """
        return self.index.subtrees(_active(where), paths, sort, first)

    def moments(self, query: Query, ids: Sequence[int]) -> dict[int, tuple[Moment, ...]]:
        """Return where in some videos that a question found by meaning or likeness it is to be seen, the best first.

        Args:
            query: The question, as it was asked.
            ids: The videos; one without moments that fit is left out.
        """
        return (
            matched(self.records, ranks.resolved(self._meanings, query.rank, 0.0), ids)
            if ids and query.rank is not None
            else {}
        )

    def direction(self, *, words: str = "", like: Sequence[int] = (), picture: bytes | None = None) -> Vector | None:
        """Return one rank by meaning: the mean of the unit vectors of a text, of assets and of a picture.

        Args:
            words: A text; it takes no part where no model can tell its meaning.
            like: Ids of examples.
            picture: An example that is not in the library: the bytes of an image file.

        Returns:
            `None` where nothing is left that has a vector.

        Raises:
            InvalidInput: An example has no vector.
            MediaError: The picture cannot be read.
        """
        return self._meanings.mean(
            words, like, None if picture is None else self._meanings.of_picture(self._read_picture(picture))
        )

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

    def duplicates(self, query: str | Query = "", progress: Progress | None = None) -> list[DuplicateGroup]:
        """Return the groups of assets that show the same photo: resized, compressed anew or slightly cropped.

        Pictures that are only alike, such as two shots of one scene, do not make a group. What to do with a group is
        up to the caller: `trash` takes the ids of those that are not wanted.

        Args:
            query: Only look among what this finds, by default among everything outside the trash.
            progress: Told how many pairs have been compared, of how many.
        """
        return self._duplicates.among(self.ids(query), progress)

    def embed_text(self, words: str) -> Direction:
        """Return a text as the model that searches use sees it: a unit vector.

        Raises:
            ModelError: There is no model, or it is broken.
        """
        return self._meanings.embed_text(words)

    def embed_picture(self, data: bytes | Path) -> Direction:
        """Return an image file, given by its bytes or where it lies, as `embed_text` returns a text.

        Raises:
            MediaError: The file cannot be read.
            ModelError: There is no model, or it is broken.
        """
        return self._meanings.embed_picture(self._read_picture(data))

    def embed_url(self, url: str) -> Direction:
        """Return the image that a URL leads to as `embed_picture` does.

        Raises:
            FetchError: The URL cannot, or must not, be fetched.
        """
        download = self._fetcher.fetch(url)
        try:
            return self.embed_picture(download.path)
        finally:
            download.path.unlink()

    def model_name(self) -> str:
        """Return the name of the model that searches use.

        Raises:
            ModelError: There is no model, or it is broken.
        """
        return self._meanings.model().name

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

    def see(self, ids: Sequence[int]) -> Enriched:
        """Have these assets looked at now, before this returns, by every model that is installed."""
        return self.enricher.see(ids)

    def rebuild(self) -> int:
        """Make the search index anew from the catalogue; return how many assets it holds."""
        return self._follower.rebuild()

    def catch_up(self) -> None:
        """Make everything committed before this call visible to the next search; `search` does so itself."""
        self._follower.catch_up()

    def warm(self) -> None:
        """Catch up, and make what many searches need, so that the first of them do not wait for it."""
        self._follower.catch_up()
        self.index.warm()

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

    def _read_picture(self, data: bytes | Path) -> Picture:
        """Read an image file as any other."""
        return pixels(self._reader.read(data, "example").renditions["1440"].data)


def _active(where: Expression) -> Expression:
    """Leave out what is in the trash, unless the filter speaks of that itself."""
    if any(getattr(node, "field", None) == "status" for node in walk(where)):
        return where
    return And((where, _ACTIVE))
