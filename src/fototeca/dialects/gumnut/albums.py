"""`/api/albums` and `/api/album-assets`: albums, and what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends
from pydantic import Field, StringConstraints
from starlette.responses import Response

from fototeca.assets import Album, Asset
from fototeca.catalog import AlbumPatch
from fototeca.dialects.gumnut import identifiers, links
from fototeca.dialects.gumnut.assets import asset_of, assets_of
from fototeca.dialects.gumnut.errors import BadRequest, answer, done
from fototeca.dialects.gumnut.paging import cut
from fototeca.dialects.gumnut.render import Json, Renderer, asset_id, moment_of, utc, wall
from fototeca.dialects.gumnut.requests import (
    Body,
    Ids,
    Paged,
    Reader,
    Remover,
    Routes,
    Text,
    Writer,
    from_body,
    from_query,
)
from fototeca.dialects.gumnut.scope import ALBUM_PLACES, Shelf, album_home, resolve
from fototeca.errors import Conflict, NotFound
from fototeca.http import Caller
from fototeca.library import Library
from fototeca.query import Match, Page, Query, Sort

router = Routes()

_DEFAULT_NAME = "New Album"
_EVERY = 1 << 62

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]


class AlbumList(Paged):
    """Which albums to list."""

    ids: Ids = Field(default_factory=list)
    asset_id: str | None = None
    name: str | None = None


class PlaceList(Paged):
    """Which places of assets in albums to list."""

    ids: Ids = Field(default_factory=list)
    album_id: str | None = None
    asset_id: str | None = None


class NewAlbum(Body):
    """An album to be."""

    name: Name | None = None
    description: Text | None = None
    library_id: str | None = None


class Change(Body):
    """A change to an album."""

    name: Name | None = None
    description: Text | None = None
    album_cover_asset_id: str | None = None


class Members(Body):
    """Assets to put in or take out."""

    asset_ids: Ids


@router.post("/api/albums")
def create_album(caller: Writer, body: Annotated[NewAlbum, Depends(from_body(NewAlbum))]) -> Response:
    """Make an album; one of the same name that says the same is returned instead."""
    library = caller.library
    shelf = resolve(library, body.library_id)
    name = body.name or _DEFAULT_NAME
    known = _named(library, shelf, name) if body.name is not None else None
    if known is not None:
        if "description" in body.model_fields_set and (body.description or "") != (known.description or ""):
            raise Conflict(f'an album "{known.name}" exists, with another description')
        return answer(_shown(caller, [known])[0])
    album = library.albums.create(name, body.description)
    if shelf.collection_id is not None:
        library.entries.put(ALBUM_PLACES, album.uuid, {"library": shelf.uuid})
    return answer(_shown(caller, [album])[0], 201)


@router.get("/api/albums")
def list_albums(caller: Reader, asked: Annotated[AlbumList, Depends(from_query(AlbumList))]) -> Response:
    """List albums, the newest first."""
    library = caller.library
    shelf = resolve(library, asked.library_id)
    albums = [album for album in reversed(library.albums.all()) if _is_of(library, shelf, album)]
    if asked.ids:
        wanted = set(identifiers.known(identifiers.ALBUM, asked.ids))
        albums = [album for album in albums if album.uuid in wanted]
    if asked.asset_id is not None:
        holding = set(asset_of(library, asked.asset_id).album_ids)
        albums = [album for album in albums if album.id in holding]
    if asked.name:
        part = asked.name.casefold()
        albums = [album for album in albums if part in album.name.casefold()]
    after = _last(library, asked.starting_after_id)
    page, more = cut(albums, asked.limit, after, lambda album: -album.id)
    return answer({"data": _shown(caller, page), "has_more": more})


@router.get("/api/albums/{album_id}")
def get_album(caller: Reader, album_id: str) -> Response:
    """Return an album."""
    return answer(_shown(caller, [album_of(caller.library, album_id)])[0])


@router.patch("/api/albums/{album_id}")
def change_album(caller: Writer, album_id: str, body: Annotated[Change, Depends(from_body(Change))]) -> Response:
    """Change an album; a `null` name leaves it, a `null` description or cover clears."""
    library = caller.library
    album = album_of(library, album_id)
    values = body.given("description")
    if body.name is not None:
        home = album_home(library, album.uuid)
        if any(
            each.id != album.id and _same(each.name, body.name) and album_home(library, each.uuid) == home
            for each in library.albums.all()
        ):
            raise Conflict(f'an album "{body.name}" exists')
        values["name"] = body.name
    if "album_cover_asset_id" in body.model_fields_set:
        values["cover_asset_id"] = _cover(library, album, body.album_cover_asset_id)
    return answer(_shown(caller, [library.albums.update(album.id, AlbumPatch(**values))])[0])


@router.delete("/api/albums/{album_id}")
def delete_album(caller: Remover, album_id: str) -> Response:
    """Remove an album; its assets stay."""
    library = caller.library
    album = album_of(library, album_id)
    library.albums.delete(album.id)
    if album_home(library, album.uuid) is not None:
        library.entries.delete(ALBUM_PLACES, album.uuid)
    return done()


@router.post("/api/albums/{album_id}/assets")
def add_to_album(caller: Writer, album_id: str, body: Annotated[Members, Depends(from_body(Members))]) -> Response:
    """Put assets into an album; every id is in one of the three lists of the answer."""
    library = caller.library
    album = album_of(library, album_id)
    assets = assets_of(library, body.asset_ids)
    added = set(library.albums.add(album.id, [asset.id for asset in assets]))
    known = {asset_id(asset) for asset in assets}
    return answer(
        {
            "added_assets": [asset_id(asset) for asset in assets if asset.id in added],
            "duplicate_assets": [asset_id(asset) for asset in assets if asset.id not in added],
            "not_found_assets": [text for text in dict.fromkeys(body.asset_ids) if text not in known],
        }
    )


@router.delete("/api/albums/{album_id}/assets")
def remove_from_album(caller: Writer, album_id: str, body: Annotated[Members, Depends(from_body(Members))]) -> Response:
    """Take assets out of an album."""
    library = caller.library
    library.albums.remove(album_of(library, album_id).id, [asset.id for asset in assets_of(library, body.asset_ids)])
    return done()


@router.get("/api/albums/{album_id}/assets")
def list_members(caller: Reader, album_id: str) -> Response:
    """List the assets of an album at once, as the oldest clients want it."""
    library = caller.library
    album = album_of(library, album_id)
    ids = library.ids(Query(Match("album_id", str(album.id)), sort=(Sort("moment", descending=True),)))
    return answer(Renderer(caller).assets(library.load(ids)))


@router.get("/api/album-assets")
def list_places(caller: Reader, asked: Annotated[PlaceList, Depends(from_query(PlaceList))]) -> Response:
    """List which assets are in which albums."""
    library = caller.library
    shelf = resolve(library, asked.library_id)
    album = None if asked.album_id is None else album_of(library, asked.album_id).id
    asset = None if asked.asset_id is None else asset_of(library, asked.asset_id).id
    start = (0, 0) if asked.starting_after_id is None else _place(asked.starting_after_id)
    if asked.ids:
        pairs = sorted(_known_places(library, asked.ids))
        pairs = [pair for pair in pairs if pair > start and album in {None, pair[0]} and asset in {None, pair[1]}]
    else:
        most = asked.limit + 1 if shelf.alone else _EVERY
        pairs = library.albums.places(start, most, album_id=album, asset_id=asset)
    if not shelf.alone:
        here = {each.id for each in library.albums.all() if _is_of(library, shelf, each)}
        pairs = [pair for pair in pairs if pair[0] in here]
    rows = _rows(library, pairs[: asked.limit])
    return answer({"data": rows, "has_more": len(pairs) > asked.limit})


@router.get("/api/album-assets/{place_id}")
def get_place(caller: Reader, place_id: str) -> Response:
    """Return one asset's place in an album."""
    pair = identifiers.decode_numbers(identifiers.PLACE, place_id)
    library = caller.library
    inside = library.albums.places((pair[0], pair[1] - 1), 1, album_id=pair[0], asset_id=pair[1])
    if not inside:
        raise NotFound(f'there is no album_asset "{place_id}"')
    return answer(_row(library.albums.get(pair[0]), library.get(pair[1])))


def album_of(library: Library, text: str) -> Album:
    """Return the album with this id.

    Raises:
        NotFound: There is none.
    """
    return library.albums.get(identifiers.decode(identifiers.ALBUM, text))


def place_id(album_number: int, asset_number: int) -> str:
    """Return the id of an asset's place in an album."""
    return identifiers.encode_numbers(identifiers.PLACE, album_number, asset_number)


def _shown(caller: Caller, albums: Sequence[Album]) -> list[Json]:
    return [_album(caller, album) for album in albums]


def _album(caller: Caller, album: Album) -> Json:
    """Render an album; without a cover that somebody chose, its latest asset stands for it."""
    library = caller.library
    inside = Match("album_id", str(album.id))
    last = _edge(library, inside, descending=True)
    first = _edge(library, inside, descending=False) if last is not None else None
    chosen = library.load([album.cover_asset_id]) if album.cover_asset_id is not None else []
    cover = chosen[0] if chosen and chosen[0].trashed is None else last
    urls = None if cover is None else links.of_asset(caller, cover, every=False)
    thumbnail = None if urls is None else next(iter(urls.values()))
    return {
        "id": identifiers.encode(identifiers.ALBUM, album.uuid),
        "name": album.name,
        "description": album.description,
        "asset_count": album.count or 0,
        "created_at": utc(album.created),
        "updated_at": utc(album.updated),
        "album_cover_asset_id": None if cover is None else asset_id(cover),
        "asset_urls": None if thumbnail is None else {"thumbnail": thumbnail},
        "album_cover_thumbnail_url": None if thumbnail is None else thumbnail["url"],
        "start_date": None if first is None else wall(moment_of(first)),
        "end_date": None if last is None else wall(moment_of(last)),
    }


def _edge(library: Library, inside: Match, *, descending: bool) -> Asset | None:
    hits = library.answer(Query(inside, sort=(Sort("moment", descending),), page=Page(1))).hits
    return next(iter(library.load([hit.id for hit in hits])), None)


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _named(library: Library, shelf: Shelf, name: str) -> Album | None:
    return next(
        (album for album in library.albums.all() if _same(album.name, name) and _is_of(library, shelf, album)), None
    )


def _is_of(library: Library, shelf: Shelf, album: Album) -> bool:
    if shelf.alone:
        return True
    home = album_home(library, album.uuid)
    return home == (None if shelf.collection_id is None else shelf.uuid)


def _last(library: Library, text: str | None) -> int | None:
    """Return the place of the last album of the page before, in an order that ascends."""
    if text is None:
        return None
    try:
        return -album_of(library, text).id
    except NotFound as error:
        raise BadRequest(f"starting_after_id: {error.message}") from None


def _cover(library: Library, album: Album, text: str | None) -> int | None:
    if text is None:
        return None
    asset = asset_of(library, text)
    if album.id not in asset.album_ids or asset.trashed is not None:
        raise NotFound(f'"{text}" is not a live member of this album')
    return asset.id


def _place(text: str) -> tuple[int, int]:
    try:
        return identifiers.decode_numbers(identifiers.PLACE, text)
    except NotFound as error:
        raise BadRequest(f"starting_after_id: {error.message}") from None


def _known_places(library: Library, texts: Sequence[str]) -> set[tuple[int, int]]:
    found = set()
    for text in texts:
        try:
            pair = identifiers.decode_numbers(identifiers.PLACE, text)
        except NotFound:
            continue
        found.update(library.albums.places((pair[0], pair[1] - 1), 1, album_id=pair[0], asset_id=pair[1]))
    return found


def _rows(library: Library, pairs: Sequence[tuple[int, int]]) -> list[Json]:
    albums = {id_: library.albums.get(id_) for id_ in {pair[0] for pair in pairs}}
    assets = {asset.id: asset for asset in library.load([pair[1] for pair in pairs])}
    return [_row(albums[album], assets[asset]) for album, asset in pairs if asset in assets]


def _row(album: Album, asset: Asset) -> Json:
    # When an asset came into an album is not recorded; it was not before both were there.
    since = utc(max(album.created, asset.created))
    return {
        "id": place_id(album.id, asset.id),
        "album_id": identifiers.encode(identifiers.ALBUM, album.uuid),
        "asset_id": asset_id(asset),
        "created_at": since,
        "updated_at": since,
    }
