"""`/v1/albums`: named sets of assets."""

from __future__ import annotations

from pydantic import ConfigDict
from starlette.responses import Response

from fototeca.assets import Album
from fototeca.catalog import AlbumPatch
from fototeca.http import Router
from fototeca.server.native.answers import Changed, answer, nothing
from fototeca.server.native.openapi import returns
from fototeca.server.native.requests import Key, Members, Name, Strict, Text, key_of
from fototeca.server.security import Reader, Writer

router = Router(prefix="/v1/albums", tags=["albums"])

_EXAMPLE = {
    "id": 3,
    "uuid": "7d0c7c1be0e64d7e9f0f6a8f1d1f4c55",
    "name": "Holiday",
    "created": "2026-05-01T10:00:00Z",
    "updated": "2026-05-01T10:00:00Z",
    "count": 12,
}
_ALBUM = returns(Album, _EXAMPLE, doc="The album")


class NewAlbum(Strict):
    """An album to be made; names need not be unique."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Holiday"}})

    name: Name
    description: Text | None = None


class AlbumChange(Strict):
    """A change to an album: what is left out stays, `null` clears."""

    model_config = ConfigDict(json_schema_extra={"example": {"description": "Two weeks by the sea"}})

    name: Name = ""
    description: Text | None = None


@router.get("", summary="List albums", responses=returns(None, {"albums": [_EXAMPLE]}))
def list_albums(caller: Reader) -> Response:
    """Return every album, the oldest first; counts leave out what is in the trash."""
    return answer({"albums": caller.library.albums.all()})


@router.post("", summary="Make an album", status_code=201, responses=returns(Album, _EXAMPLE, status=201))
def create_album(caller: Writer, body: NewAlbum) -> Response:
    """Make an empty album."""
    return answer(caller.library.albums.create(body.name, body.description), 201)


@router.get("/{album}", summary="Get an album", responses=_ALBUM)
def get_album(caller: Reader, album: Key) -> Response:
    """Return an album; `GET /v1/search?q=album_id:ID` finds what is in it."""
    return answer(caller.library.albums.get(key_of(album)))


@router.patch("/{album}", summary="Change an album", responses=_ALBUM)
def change_album(caller: Writer, album: Key, body: AlbumChange) -> Response:
    """Change an album's name or description."""
    found = caller.library.albums.get(key_of(album))
    return answer(caller.library.albums.update(found.id, AlbumPatch(**body.given())))


@router.delete("/{album}", summary="Remove an album", status_code=204)
def delete_album(caller: Writer, album: Key) -> Response:
    """Remove an album; its assets stay."""
    caller.library.albums.delete(caller.library.albums.get(key_of(album)).id)
    return nothing()


@router.post("/{album}/assets", summary="Put assets into an album", responses=returns(Changed, {"ids": [17, 23]}))
def add_members(caller: Writer, album: Key, body: Members) -> Response:
    """Put assets into an album; the answer names those that are new to it."""
    found = caller.library.albums.get(key_of(album))
    return answer(Changed(caller.library.albums.add(found.id, body.ids)))


@router.delete("/{album}/assets", summary="Take assets out of an album", responses=returns(Changed, {"ids": [17]}))
def remove_members(caller: Writer, album: Key, body: Members) -> Response:
    """Take assets out of an album; the answer names those that were in it."""
    found = caller.library.albums.get(key_of(album))
    return answer(Changed(caller.library.albums.remove(found.id, body.ids)))
