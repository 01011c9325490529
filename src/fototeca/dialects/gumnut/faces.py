"""`/api/faces`: who is where in a photo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from fototeca.assets import Asset, Face
from fototeca.catalog import NewFace
from fototeca.dialects.gumnut import identifiers, links
from fototeca.dialects.gumnut.assets import asset_of
from fototeca.dialects.gumnut.clusters import Clusters
from fototeca.dialects.gumnut.errors import BadRequest, answer, done, invalid
from fototeca.dialects.gumnut.paging import cut
from fototeca.dialects.gumnut.people import Including, person_of
from fototeca.dialects.gumnut.render import Json, people_of
from fototeca.dialects.gumnut.render import face as rendered
from fototeca.dialects.gumnut.requests import (
    Body,
    Ids,
    Paged,
    Reader,
    Remover,
    Routes,
    Writer,
    from_body,
    from_query,
)
from fototeca.dialects.gumnut.scope import Shelf, resolve
from fototeca.errors import NotFound
from fototeca.http import Caller
from fototeca.library import Library

router = Routes()

_ASSIGNMENT = "cluster_assignment"


class FaceList(Paged, Including):
    """Which faces to list."""

    ids: Ids = Field(default_factory=list)
    asset_id: str | None = None
    person_id: str | None = None


class BoundingBox(BaseModel):
    """A box in pixels of the picture as displayed."""

    x: Annotated[int, Field(ge=0)]
    y: Annotated[int, Field(ge=0)]
    w: Annotated[int, Field(ge=1)]
    h: Annotated[int, Field(ge=1)]


class DrawnFace(Body):
    """A face that a person drew."""

    asset_id: str
    bounding_box: BoundingBox
    person_id: str | None = None
    library_id: str | None = None


class Assignment(Body):
    """Whose a face is; `null` for nobody's."""

    person_id: str | None = None


@router.get("/api/faces")
def list_faces(caller: Reader, asked: Annotated[FaceList, Depends(from_query(FaceList))]) -> Response:
    """List faces in photos outside the trash, the newest first."""
    library = caller.library
    shelf = resolve(library, asked.library_id)
    asset = None if asked.asset_id is None else asset_of(library, asked.asset_id).id
    person = None if asked.person_id is None else person_of(library, asked.person_id).id
    before = _before(library, asked.starting_after_id)
    if asked.ids:
        faces = _known(library, asked.ids)
        faces = [face for face in faces if asset in {None, face.asset_id} and person in {None, face.person_id}]
        page, more = cut(faces, asked.limit, None if before is None else -before, lambda face: -face.id)
    else:
        page, more = _page(library, shelf, before, asked.limit, asset_id=asset, person_id=person)
    return answer({"data": _shown(caller, page, asked.include), "has_more": more})


@router.get("/api/faces/{face_id}")
def get_face(caller: Reader, face_id: str, asked: Annotated[Including, Depends(from_query(Including))]) -> Response:
    """Return a face."""
    return answer(_shown(caller, [face_of(caller.library, face_id)], asked.include)[0])


@router.post("/api/faces")
def create_face(caller: Writer, body: Annotated[DrawnFace, Depends(from_body(DrawnFace))]) -> Response:
    """Store a face that a person drew."""
    library = caller.library
    asset = asset_of(library, body.asset_id)
    if not resolve(library, body.library_id).holds(asset):
        raise NotFound(f'there is no asset "{body.asset_id}" in this library')
    person = None if body.person_id is None else person_of(library, body.person_id).id
    face = NewFace(box=_shares(body.bounding_box, asset), person_id=person)
    stored = library.records.faces.add(asset.id, [face])[0]
    return answer(_shown(caller, [stored], ())[0], 201)


@router.patch("/api/faces/{face_id}")
def assign_face(caller: Writer, face_id: str, body: Annotated[Assignment, Depends(from_body(Assignment))]) -> Response:
    """Say whose a face is."""
    library = caller.library
    face = face_of(library, face_id)
    if "person_id" in body.model_fields_set:
        person = None if body.person_id is None else person_of(library, body.person_id).id
        library.records.faces.assign({face.id: person})
    return answer(_shown(caller, [library.records.faces.get(face.id)], ())[0])


@router.delete("/api/faces/{face_id}")
def delete_face(caller: Remover, face_id: str) -> Response:
    """Remove a face; its photo and its person stay."""
    caller.library.records.faces.delete([face_of(caller.library, face_id).id])
    return done()


@router.get("/api/faces/{face_id}/thumbnail")
def thumbnail_of_face(caller: Reader, face_id: str) -> Response:
    """Lead the oldest clients to a face's picture."""
    face = face_of(caller.library, face_id)
    urls = links.of_face(caller, caller.library.get(face.asset_id).uuid, face)
    return RedirectResponse(urls["thumbnail"]["url"], 307, {"Cache-Control": "private, no-store"})


def face_of(library: Library, text: str) -> Face:
    """Return the face with this id.

    Raises:
        NotFound: There is none.
    """
    return library.records.faces.get(identifiers.decode(identifiers.FACE, text))


def _shown(caller: Caller, faces: Sequence[Face], include: Sequence[str]) -> list[Json]:
    library = caller.library
    people = people_of(caller, faces)
    assets = {asset.id: asset for asset in library.load(sorted({face.asset_id for face in faces}))}
    fits = Clusters(library).assignments(faces) if _ASSIGNMENT in include else {}
    return [
        rendered(caller, face, assets[face.asset_id], people, cluster_assignment=fits.get(face.id))
        for face in faces
        if face.asset_id in assets
    ]


def _page(
    library: Library, shelf: Shelf, before: int | None, limit: int, **which: int | None
) -> tuple[list[Face], bool]:
    """Collect a page of a library's faces; what lies in other libraries is passed over."""
    found: list[Face] = []
    while len(found) <= limit:
        faces = library.records.faces.newest(before, limit + 1, **which)
        assets = {each.id: each for each in library.load(sorted({face.asset_id for face in faces}))}
        found += [face for face in faces if face.asset_id in assets and shelf.holds(assets[face.asset_id])]
        if len(faces) <= limit:
            break
        before = faces[-1].id
    return found[:limit], len(found) > limit


def _known(library: Library, texts: Sequence[str]) -> list[Face]:
    found = {}
    for uuid in identifiers.known(identifiers.FACE, list(texts)):
        try:
            face = library.records.faces.get(uuid)
        except NotFound:
            continue
        found[face.id] = face
    return sorted(found.values(), key=lambda face: -face.id)


def _before(library: Library, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return face_of(library, text).id
    except NotFound as error:
        raise BadRequest(f"starting_after_id: {error.message}") from None


def _shares(box: BoundingBox, asset: Asset) -> tuple[float, float, float, float]:
    """Turn pixels into shares of the picture."""
    width, height = asset.width, asset.height
    if not width or not height or box.x + box.w > width or box.y + box.h > height:
        raise invalid("body", "bounding_box", f"the box must lie inside the picture's {width} x {height} pixels")
    return box.x / width, box.y / height, box.w / width, box.h / height
