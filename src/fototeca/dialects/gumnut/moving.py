"""`POST /api/assets/move`: from one library to another."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from fototeca.assets import Asset
from fototeca.dialects.gumnut.assets import assets_of
from fototeca.dialects.gumnut.errors import answer, invalid
from fototeca.dialects.gumnut.query import STACK
from fototeca.dialects.gumnut.render import Json, asset_id
from fototeca.dialects.gumnut.requests import Body, Ids, Routes, Writer, from_body
from fototeca.dialects.gumnut.scope import Shelf, resolve
from fototeca.library import Library

router = Routes()


class Move(Body):
    """Which assets go from where to where."""

    asset_ids: Ids
    source_library_id: str
    destination_library_id: str


@router.post("/api/assets/move")
def move_assets(caller: Writer, body: Annotated[Move, Depends(from_body(Move))]) -> Response:
    """Move assets; they keep their ids and faces, and leave albums, people and stacks behind."""
    if body.source_library_id == body.destination_library_id:
        raise invalid("body", "destination_library_id", "source and destination must differ")
    library = caller.library
    source, destination = (resolve(library, id_) for id_ in (body.source_library_id, body.destination_library_id))
    known = {asset_id(asset): asset for asset in assets_of(library, body.asset_ids)}
    outcomes = [_move(library, text, known.get(text), source, destination) for text in dict.fromkeys(body.asset_ids)]
    return answer({"data": outcomes})


def _move(library: Library, text: str, asset: Asset | None, source: Shelf, destination: Shelf) -> Json:
    if asset is None:
        return {"asset_id": text, "outcome": "failed", "failure": "unavailable"}
    if not source.holds(asset):
        if destination.holds(asset):
            return {"asset_id": text, "outcome": "already_in_destination", "failure": None}
        return {"asset_id": text, "outcome": "failed", "failure": "changed_source"}
    for album_id in asset.album_ids:
        library.albums.remove(album_id, [asset.id])
    library.records.faces.assign({face.id: None for face in asset.faces if face.person_id is not None})
    if STACK in asset.metadata:
        library.update([asset.id], remove_metadata=(STACK,))
    if destination.collection_id is not None:
        library.collections.put(destination.collection_id, [asset.id])
    if source.collection_id is not None:
        library.collections.remove(source.collection_id, [asset.id])
    return {"asset_id": text, "outcome": "moved", "failure": None}
