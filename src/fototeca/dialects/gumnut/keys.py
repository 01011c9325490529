"""`/api/api-keys/`: keys of the workspace."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends
from pydantic import Field
from starlette.responses import Response

from fototeca.assets import Key, Scope
from fototeca.dialects.gumnut import identifiers
from fototeca.dialects.gumnut.albums import Name
from fototeca.dialects.gumnut.errors import answer, done, invalid
from fototeca.dialects.gumnut.render import Json, utc
from fototeca.dialects.gumnut.requests import ACTIONS, KEY_ENTRIES, Body, Owner, Routes, from_body
from fototeca.errors import NotFound
from fototeca.library import Library

router = Routes()


class NewKey(Body):
    """A key to be."""

    name: Name
    actions: Annotated[list[Literal["read", "write", "delete", "delete_permanently"]], Field(min_length=1)] | None = (
        None
    )
    library_scope_mode: Literal["all_libraries", "selected_libraries"] | None = None
    library_ids: list[str] | None = None


class Change(Body):
    """A change to a key."""

    name: Name


@router.post("/api/api-keys/")
@router.post("/api-keys/")
def create_key(caller: Owner, body: Annotated[NewKey, Depends(from_body(NewKey))]) -> Response:
    """Make a key; its text is shown this once."""
    if body.library_scope_mode == "selected_libraries":
        raise invalid("body", "library_scope_mode", "a key opens a whole workspace: all_libraries is what there is")
    actions = [action for action in ACTIONS if body.actions is None or action in body.actions]
    if "read" not in actions:
        raise invalid("body", "actions", "read is part of every key")
    workspace = caller.principal.workspace
    authority = caller.context.authority
    made = authority.create_key(workspace, scope=_scope(actions), name=body.name)
    number = authority.authenticate(made.api_key).key_id or 0
    if len(actions) < len(ACTIONS):
        caller.library.entries.put(KEY_ENTRIES, str(number), {"actions": actions})
    key = _key_of(caller.library, identifiers.encode_numbers(identifiers.KEY, number))
    return answer(_shown(caller.library, key) | {"api_key": made.api_key}, 201)


@router.get("/api/api-keys/")
@router.get("/api-keys/")
def list_keys(caller: Owner) -> Response:
    """List keys at once, revoked ones included."""
    return answer([_shown(caller.library, key) for key in caller.library.records.keys.all()])


@router.patch("/api/api-keys/{key_id}")
@router.patch("/api-keys/{key_id}")
def rename_key(caller: Owner, key_id: str, body: Annotated[Change, Depends(from_body(Change))]) -> Response:
    """Give a key another name."""
    key = _key_of(caller.library, key_id)
    caller.library.records.keys.rename(key.id, body.name)
    return answer(_shown(caller.library, _key_of(caller.library, key_id)))


@router.delete("/api/api-keys/{key_id}")
@router.delete("/api-keys/{key_id}")
def revoke_key(caller: Owner, key_id: str) -> Response:
    """End a key; it stays in the list."""
    caller.library.records.keys.revoke(_key_of(caller.library, key_id).id)
    return done()


def _scope(actions: list[str]) -> Scope:
    """Return the smallest scope that covers the actions; only a key for all of them manages keys."""
    if len(actions) == len(ACTIONS):
        return Scope.ADMIN
    return Scope.READ if actions == ["read"] else Scope.WRITE


def _key_of(library: Library, text: str) -> Key:
    number, _ = identifiers.decode_numbers(identifiers.KEY, text)
    for key in library.records.keys.all():
        if key.id == number:
            return key
    raise NotFound(f'there is no key "{text}"')


def _shown(library: Library, key: Key) -> Json:
    entry = library.entries.find(KEY_ENTRIES, str(key.id))
    by_scope = {Scope.READ: ACTIONS[:1], Scope.WRITE: ACTIONS, Scope.ADMIN: ACTIONS}
    return {
        "id": identifiers.encode_numbers(identifiers.KEY, key.id),
        "name": key.name,
        "created_at": utc(key.created),
        "last_used_at": None,
        "is_active": key.revoked is None,
        "actions": list(by_scope[key.scope]) if entry is None else entry.value["actions"],
        "library_scope_mode": "all_libraries",
        "selected_library_count": None,
    }
