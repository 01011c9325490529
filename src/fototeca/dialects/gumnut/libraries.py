"""`/api/libraries`: libraries, and who may use them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Depends
from starlette.responses import Response

from fototeca.catalog import CollectionPatch
from fototeca.dialects.gumnut.albums import Name
from fototeca.dialects.gumnut.errors import answer, done
from fototeca.dialects.gumnut.identity import summary
from fototeca.dialects.gumnut.render import Json, utc
from fototeca.dialects.gumnut.requests import (
    Body,
    Eraser,
    Paged,
    Params,
    Reader,
    Remover,
    Routes,
    Text,
    Writer,
    from_body,
    from_query,
)
from fototeca.dialects.gumnut.scope import COLLECTION_TYPE, Shelf, change, resolve, shelves
from fototeca.errors import Conflict, Forbidden
from fototeca.http import Caller
from fototeca.library import Library
from fototeca.query import And, Page, Query

router = Routes()

_NO_MEMBERS = "a workspace here has keys, not members: give somebody a key instead of an invitation"


class State(Params):
    """Which libraries to list."""

    state: Literal["live", "trashed", "all"] = "live"


class NewLibrary(Body):
    """A library to be."""

    name: Name
    description: Text | None = None


class Change(Body):
    """A change to a library; `null` leaves what is there."""

    name: Name | None = None
    description: Text | None = None


@router.post("/api/libraries")
def create_library(caller: Writer, body: Annotated[NewLibrary, Depends(from_body(NewLibrary))]) -> Response:
    """Make a library; a live one of the same name that says the same is returned instead."""
    library = caller.library
    known = _named(library, body.name)
    if known is not None:
        differs = "description" in body.model_fields_set and (body.description or "") != (known.description or "")
        if differs or known.trashed is not None:
            raise Conflict(f'a library "{known.name}" exists, in the trash or with another description')
        return answer(_shown(caller, known))
    made = library.collections.create(body.name, type=COLLECTION_TYPE, description=body.description)
    return answer(_shown(caller, next(each for each in shelves(library) if each.uuid == made.uuid)), 201)


@router.get("/api/libraries")
def list_libraries(caller: Reader, asked: Annotated[State, Depends(from_query(State))]) -> Response:
    """List libraries at once."""
    wanted = {"live": (True,), "trashed": (False,), "all": (True, False)}[asked.state]
    return answer([_shown(caller, each) for each in shelves(caller.library) if (each.trashed is None) in wanted])


@router.get("/api/libraries/invitations")
def list_invitations(caller: Reader, asked: Annotated[Paged, Depends(from_query(Paged))]) -> Response:
    """List invitations: there are none."""
    resolve(caller.library, asked.library_id)
    return answer({"data": [], "has_more": False})


@router.post("/api/libraries/invitations")
@router.post("/api/libraries/invitations/{invitation_id}/{step}")
@router.get("/api/libraries/invitations/{invitation_id}/link")
def invite(_: Writer) -> Response:
    """Refuse what needs several users of one library."""
    raise Forbidden(_NO_MEMBERS)


@router.get("/api/libraries/{library_id}")
def get_library(caller: Reader, library_id: str) -> Response:
    """Return a library, also one in the trash."""
    return answer(_shown(caller, resolve(caller.library, library_id, trashed=True)))


@router.patch("/api/libraries/{library_id}")
def change_library(caller: Writer, library_id: str, body: Annotated[Change, Depends(from_body(Change))]) -> Response:
    """Change a library's name or description."""
    library = caller.library
    shelf = resolve(library, library_id, trashed=True)
    known = None if body.name is None else _named(library, body.name)
    if known is not None and known.uuid != shelf.uuid:
        raise Conflict(f'a library "{known.name}" exists')
    values: dict[str, Any] = {"name": body.name, "description": body.description}
    patch = CollectionPatch(**{name: value for name, value in values.items() if value is not None})
    return answer(_shown(caller, change(library, shelf, patch)))


@router.post("/api/libraries/{library_id}/trash")
def trash_library(caller: Remover, library_id: str) -> Response:
    """Put a library in the trash, with all that is in it."""
    library = caller.library
    shelf = resolve(library, library_id, trashed=True)
    if shelf.trashed is None:
        if sum(each.trashed is None for each in shelves(library)) == 1:
            raise Conflict("the last library stays")
        change(library, shelf, CollectionPatch(trashed=datetime.now(UTC)))
    return done()


@router.post("/api/libraries/{library_id}/restore")
def restore_library(caller: Writer, library_id: str) -> Response:
    """Take a library out of the trash."""
    shelf = resolve(caller.library, library_id, trashed=True)
    return answer(_shown(caller, change(caller.library, shelf, CollectionPatch(trashed=None))))


@router.delete("/api/libraries/{library_id}")
def delete_library(caller: Eraser, library_id: str) -> Response:
    """Remove a library that is in the trash; its photos go to the trash of the default library, and none is lost."""
    library = caller.library
    shelf = resolve(library, library_id, trashed=True)
    if shelf.trashed is None:
        raise Conflict("put the library in the trash first")
    if shelf.collection_id is None:
        raise Conflict("the default library holds what is in no other one; it cannot be removed")
    library.trash(library.collections.asset_ids(shelf.collection_id))
    library.collections.delete(shelf.collection_id)
    return done()


@router.get("/api/libraries/{library_id}/members")
def list_members(caller: Reader, library_id: str, _: Annotated[Paged, Depends(from_query(Paged))]) -> Response:
    """List the members of a library besides its owner: there are none."""
    resolve(caller.library, library_id)
    return answer({"data": [], "has_more": False})


@router.patch("/api/libraries/{library_id}/members/{user_id}")
@router.delete("/api/libraries/{library_id}/members/{user_id}")
@router.post("/api/libraries/{library_id}/leave")
def change_members(_: Writer, library_id: str, user_id: str = "") -> Response:  # noqa: ARG001 - of the paths
    """Refuse what needs several users of one library."""
    raise Forbidden(_NO_MEMBERS)


def _named(library: Library, name: str) -> Shelf | None:
    return next((each for each in shelves(library) if each.name.casefold() == name.casefold()), None)


def _shown(caller: Caller, shelf: Shelf) -> Json:
    owner = summary(caller)
    return {
        "id": shelf.id,
        "name": shelf.name,
        "description": shelf.description,
        "asset_count": caller.library.answer(Query(And((shelf.where,)), page=Page(0))).total,
        "created_at": utc(shelf.created),
        "updated_at": utc(shelf.updated),
        "user_id": owner["id"],
        "owner": owner,
        "role": "owner",
        "storage_used_bytes": _bytes(caller.library, shelf),
        "storage_limit_bytes": None,
    }


def _bytes(library: Library, shelf: Shelf) -> int:
    """Return the size of a library's originals, those in its trash included."""
    total = library.records.assets.total_bytes
    if shelf.collection_id is not None:
        return total(shelf.collection_id)
    others = (each.collection_id for each in shelves(library) if each.collection_id is not None)
    return total() - sum(total(id_) for id_ in others)
