"""`/v1/faces`: the faces in assets, and whose they are."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import ConfigDict
from starlette.responses import Response

from fototeca.assets import Face
from fototeca.catalog import NewFace
from fototeca.errors import InvalidInput
from fototeca.http import Router
from fototeca.server.native.answers import answer, nothing
from fototeca.server.native.openapi import returns
from fototeca.server.native.requests import Id, Key, Share, Strict, key_of
from fototeca.server.security import Reader, Writer

router = Router(prefix="/v1/faces", tags=["people"])

EXAMPLE_FACE = {
    "id": 12,
    "uuid": "9d0c7c1be0e64d7e9f0f6a8f1d1f4c55",
    "asset_id": 17,
    "box": [0.41, 0.2, 0.12, 0.18],
    "score": 0.93,
    "quality": 0.81,
    "person_id": 4,
    "person": "Ann",
    "source": "yunet@91fea7e59d0def3b mobilefacenet@5510f9e923749a95",
}
_FACE = returns(Face, EXAMPLE_FACE, doc="The face")
_JPEG: dict[int | str, dict[str, Any]] = {
    200: {"description": "The picture", "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}}
}


class FaceChange(Strict):
    """Whose a face is; `null` says that it is nobody's. Sending the person it has confirms that."""

    model_config = ConfigDict(json_schema_extra={"example": {"person_id": 4}})

    person_id: Id | None


class DrawnFace(Strict):
    """A face that models did not find: where it is, and whose."""

    model_config = ConfigDict(json_schema_extra={"example": {"asset": 17, "box": [0.1, 0.1, 0.2, 0.3], "person_id": 4}})

    asset: Id
    box: tuple[Share, Share, Share, Share]
    person_id: Id | None = None


@router.get("", summary="List faces", responses=returns(None, {"faces": [EXAMPLE_FACE]}))
def list_faces(
    caller: Reader,
    asset: Annotated[str | None, Query(max_length=64, description="Only in this asset, by `id` or `uuid`.")] = None,
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> Response:
    """Return the faces in an asset; without one, the faces that are nobody's, those after one id."""
    if asset is not None:
        return answer({"faces": caller.library.get(key_of(asset)).faces})
    return answer({"faces": caller.library.faces.of_person(None, after, limit)})


@router.post("", summary="Draw a face", status_code=201, responses=returns(Face, EXAMPLE_FACE, status=201))
def draw_face(caller: Writer, body: DrawnFace) -> Response:
    """Add a face that models did not find."""
    left, top, width, height = body.box
    if not (width and height and left + width <= 1 and top + height <= 1):
        raise InvalidInput("a box has left, top, width and height within the picture", field="box")
    [made] = caller.library.faces.add(body.asset, [NewFace(box=body.box, person_id=body.person_id)])
    return answer(made, 201)


@router.get("/{face}", summary="Get a face", responses=_FACE)
def get_face(caller: Reader, face: Key) -> Response:
    """Return a face."""
    return answer(caller.library.faces.get(key_of(face)))


@router.patch("/{face}", summary="Say whose a face is", responses=_FACE)
def change_face(caller: Writer, face: Key, body: FaceChange) -> Response:
    """Give a face to a person, or to nobody; no model changes that afterwards."""
    faces = caller.library.faces
    found = faces.get(key_of(face))
    faces.assign({found.id: body.person_id})
    return answer(faces.get(found.id))


@router.delete("/{face}", summary="Remove a face", status_code=204)
def delete_face(caller: Writer, face: Key) -> Response:
    """Remove a face, such as one that is none."""
    faces = caller.library.faces
    faces.delete([faces.get(key_of(face)).id])
    return nothing()


@router.get("/{face}/thumbnail", summary="Get a face's picture", responses=_JPEG, response_class=Response)
def get_thumbnail(caller: Reader, face: Key) -> Response:
    """Return a small picture of a face."""
    library = caller.library
    picture = library.portrait(library.faces.get(key_of(face)))
    return Response(picture, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})
