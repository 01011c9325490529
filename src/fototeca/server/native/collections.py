"""`/v1/collections`: sets of assets that are worked on together, and each asset's place in them."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field
from starlette.responses import Response

from fototeca.assets import Collection
from fototeca.catalog import CollectionPatch, MembershipPatch
from fototeca.http import Router
from fototeca.server.native.answers import Changed, answer, nothing
from fototeca.server.native.openapi import returns
from fototeca.server.native.requests import Id, Key, Members, Name, Strict, Text, key_of
from fototeca.server.security import Reader, Writer

router = Router(prefix="/v1/collections", tags=["collections"])

_EXAMPLE = {
    "id": 2,
    "uuid": "9a0c7c1be0e64d7e9f0f6a8f1d1f4c55",
    "name": "Road signs",
    "slug": "road-signs",
    "created": "2026-05-01T10:00:00Z",
    "updated": "2026-05-01T10:00:00Z",
    "count": 480,
}
_COLLECTION = returns(Collection, _EXAMPLE, doc="The collection")

Slug = Annotated[str, Field(max_length=255, description="Its name in URLs; by default made from the name.")]


class NewCollection(Strict):
    """A collection to be made."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Road signs"}})

    name: Name
    slug: Slug | None = None
    type: Name | None = None
    description: Text | None = None


class CollectionChange(Strict):
    """A change to a collection: what is left out stays, `null` clears."""

    model_config = ConfigDict(json_schema_extra={"example": {"description": "From the summer's drive"}})

    name: Name = ""
    slug: Slug = ""
    type: Name | None = None
    description: Text | None = None


class Placing(Members):
    """Assets, and their place in a collection: what is left out stays, `null` clears."""

    model_config = ConfigDict(json_schema_extra={"example": {"ids": [17, 23], "split": "train"}})

    split: Name | None = None
    split_locked: bool = False
    batch_id: Id | None = None
    annotation_status: Name | None = None
    in_dataset: bool = False


@router.get("", summary="List collections", responses=returns(None, {"collections": [_EXAMPLE]}))
def list_collections(caller: Reader) -> Response:
    """Return every collection, the oldest first; counts leave out what is in the trash."""
    return answer({"collections": caller.library.collections.all()})


@router.post("", summary="Make a collection", status_code=201, responses=returns(Collection, _EXAMPLE, status=201))
def create_collection(caller: Writer, body: NewCollection) -> Response:
    """Make an empty collection."""
    made = caller.library.collections.create(body.name, slug=body.slug, type=body.type, description=body.description)
    return answer(made, 201)


@router.get("/{collection}", summary="Get a collection", responses=_COLLECTION)
def get_collection(caller: Reader, collection: Key) -> Response:
    """Return a collection by its id, UUID or slug; `GET /v1/search?q=collection_id:ID` finds what is in it."""
    return answer(caller.library.collections.get(key_of(collection)))


@router.patch("/{collection}", summary="Change a collection", responses=_COLLECTION)
def change_collection(caller: Writer, collection: Key, body: CollectionChange) -> Response:
    """Change a collection's own facts."""
    found = caller.library.collections.get(key_of(collection))
    return answer(caller.library.collections.update(found.id, CollectionPatch(**body.given())))


@router.delete("/{collection}", summary="Remove a collection", status_code=204)
def delete_collection(caller: Writer, collection: Key) -> Response:
    """Remove a collection with its batches and annotations; its assets stay."""
    caller.library.collections.delete(caller.library.collections.get(key_of(collection)).id)
    return nothing()


@router.post(
    "/{collection}/assets", summary="Put assets into a collection", responses=returns(Changed, {"ids": [17, 23]})
)
def place_members(caller: Writer, collection: Key, body: Placing) -> Response:
    """Make assets members of a collection and set their place in it; ids that are not there are left out."""
    found = caller.library.collections.get(key_of(collection))
    place = MembershipPatch(**{name: value for name, value in body.given().items() if name != "ids"})
    return answer(Changed(caller.library.collections.put(found.id, body.ids, place)))


@router.delete(
    "/{collection}/assets", summary="Take assets out of a collection", responses=returns(Changed, {"ids": [17]})
)
def remove_members(caller: Writer, collection: Key, body: Members) -> Response:
    """Take assets out of a collection, with what was annotated there; the answer names those that were in it."""
    found = caller.library.collections.get(key_of(collection))
    return answer(Changed(caller.library.collections.remove(found.id, body.ids)))
