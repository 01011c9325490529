"""`/api/stacks`: photos that belong on top of each other, such as a burst.

A stack is an entry; who is in it is a fact of each asset, so that a list can be narrowed to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import Depends
from pydantic import Field
from starlette.responses import Response

from fototeca.assets import Asset, Entry
from fototeca.dialects.gumnut import identifiers
from fototeca.dialects.gumnut.assets import asset_of, assets_of
from fototeca.dialects.gumnut.errors import answer, done, invalid
from fototeca.dialects.gumnut.paging import cut
from fototeca.dialects.gumnut.query import STACK
from fototeca.dialects.gumnut.render import Json, asset_id, moment_of, utc
from fototeca.dialects.gumnut.requests import Body, Ids, Names, Paged, Reader, Routes, Writer, from_body, from_query
from fototeca.dialects.gumnut.scope import Shelf, resolve
from fototeca.errors import NotFound
from fototeca.library import Library
from fototeca.query import And, Exists, Match, Query

router = Routes()

STACKS = "gumnut.stack"
"""Kind of the entries that are stacks, by UUID."""
_LEAST = 2


class StackList(Paged):
    """Which stacks to list."""

    ids: Ids = Field(default_factory=list)
    origin: Literal["auto_burst", "user"] | None = None
    primary_asset_id: str | None = None
    include: Names = Field(default_factory=list)


class NewStack(Body):
    """A stack to be."""

    asset_ids: Ids
    primary_asset_id: str | None = None
    library_id: str | None = None


class Members(Body):
    """Assets to put on a stack or take from it."""

    asset_ids: Ids


class Cover(Body):
    """The asset that lies on top."""

    primary_asset_id: str


@router.get("/api/stacks")
def list_stacks(caller: Reader, asked: Annotated[StackList, Depends(from_query(StackList))]) -> Response:
    """List stacks, in order of their ids."""
    library = caller.library
    shelf = resolve(library, asked.library_id)
    stacks = sorted(library.entries.all(STACKS), key=_id)
    if asked.ids:
        wanted = set(asked.ids)
        stacks = [stack for stack in stacks if _id(stack) in wanted]
    if asked.origin is not None:
        stacks = [stack for stack in stacks if stack.value["origin"] == asked.origin]
    if asked.primary_asset_id is not None:
        cover = identifiers.decode(identifiers.ASSET, asked.primary_asset_id)
        stacks = [stack for stack in stacks if stack.value.get("primary") == cover]
    if not shelf.alone:
        stacks = [stack for stack in stacks if _is_in(library, shelf, stack)]
    page, more = cut(stacks, asked.limit, asked.starting_after_id, _id)
    return answer({"data": [_shown(library, stack, asked.include) for stack in page], "has_more": more})


@router.get("/api/stacks/{stack_id}")
def get_stack(caller: Reader, stack_id: str) -> Response:
    """Return a stack."""
    return answer(_shown(caller.library, _stack_of(caller.library, stack_id)))


@router.post("/api/stacks")
def create_stack(caller: Writer, body: Annotated[NewStack, Depends(from_body(NewStack))]) -> Response:
    """Put assets on a stack; those on another one are moved, and its cover brings all of it along."""
    library = caller.library
    assets = _all_of(library, body.asset_ids)
    if len(assets) < _LEAST:
        raise invalid("body", "asset_ids", "a stack has two assets at least")
    shelf = resolve(library, body.library_id)
    if not all(shelf.holds(asset) for asset in assets):
        raise NotFound("not all of these assets are in this library")
    cover = None if body.primary_asset_id is None else asset_of(library, body.primary_asset_id).uuid
    if cover is not None and cover not in {asset.uuid for asset in assets}:
        raise invalid("body", "primary_asset_id", "the cover is one of the assets", body.primary_asset_id)
    uuid = uuid4().hex
    stack = library.entries.create(STACKS, uuid, {"origin": "user", "primary": cover})
    _move(library, uuid, assets)
    return answer(_shown(library, stack))


@router.post("/api/stacks/{stack_id}/assets")
def add_to_stack(caller: Writer, stack_id: str, body: Annotated[Members, Depends(from_body(Members))]) -> Response:
    """Put more assets on a stack."""
    library = caller.library
    stack = _stack_of(library, stack_id)
    new = [asset for asset in _all_of(library, body.asset_ids) if asset.metadata.get(STACK) != stack.key]
    if new:
        _move(library, stack.key, new)
        stack = library.entries.put(STACKS, stack.key, stack.value | {"origin": "user"})
    return answer(_shown(library, stack))


@router.delete("/api/stacks/{stack_id}/assets")
def remove_from_stack(caller: Writer, stack_id: str, body: Annotated[Members, Depends(from_body(Members))]) -> Response:
    """Take assets from a stack; one that is left with fewer than two is dissolved."""
    library = caller.library
    stack = _stack_of(library, stack_id)
    gone = [asset for asset in assets_of(library, body.asset_ids) if asset.metadata.get(STACK) == stack.key]
    if gone:
        library.update([asset.id for asset in gone], remove_metadata=(STACK,))
        _settle(library, stack, gone)
    return done()


@router.patch("/api/stacks/{stack_id}")
def set_cover(caller: Writer, stack_id: str, body: Annotated[Cover, Depends(from_body(Cover))]) -> Response:
    """Choose the asset that lies on top."""
    library = caller.library
    stack = _stack_of(library, stack_id)
    asset = asset_of(library, body.primary_asset_id)
    if asset.metadata.get(STACK) != stack.key or asset.trashed is not None:
        raise NotFound(f'"{body.primary_asset_id}" is not a live member of this stack')
    value = stack.value | {"origin": "user", "primary": asset.uuid}
    return answer(_shown(library, library.entries.put(STACKS, stack.key, value)))


@router.delete("/api/stacks/{stack_id}")
def dissolve_stack(caller: Writer, stack_id: str) -> Response:
    """Dissolve a stack; its assets stay."""
    _dissolve(caller.library, _stack_of(caller.library, stack_id))
    return done()


def _stack_of(library: Library, text: str) -> Entry:
    return library.entries.get(STACKS, identifiers.decode(identifiers.STACK, text))


def _all_of(library: Library, texts: Sequence[str]) -> list[Asset]:
    assets = assets_of(library, texts)
    if len(assets) < len(set(texts)):
        raise NotFound("not all of these assets exist")
    return assets


def _members(library: Library, uuid: str) -> list[Asset]:
    """Return the assets of a stack, those in the trash included, the oldest moment first."""
    where = And((Match(f"metadata.{STACK}", uuid), Exists("status")))
    assets = library.load(library.ids(Query(where)))
    return sorted(assets, key=lambda asset: (moment_of(asset).replace(tzinfo=None), asset.id))


def _move(library: Library, uuid: str, assets: Sequence[Asset]) -> None:
    """Put assets on a stack, and see to the stacks that they come from."""
    left: dict[str, list[Asset]] = {}
    for asset in assets:
        before = asset.metadata.get(STACK)
        if isinstance(before, str) and before != uuid:
            left.setdefault(before, []).append(asset)
    moved = {asset.id: asset for asset in assets}
    for before, gone in left.items():
        stack = library.entries.find(STACKS, before)
        if stack is not None and stack.value.get("primary") in {asset.uuid for asset in gone}:
            moved |= {asset.id: asset for asset in _members(library, before)}
    library.update(list(moved), merge_metadata={STACK: uuid})
    for before in left:
        stack = library.entries.find(STACKS, before)
        if stack is not None:
            _settle(library, stack, list(moved.values()))


def _settle(library: Library, stack: Entry, gone: Sequence[Asset]) -> None:
    """Bring a stack in order that assets have left."""
    if len(_members(library, stack.key)) < _LEAST:
        _dissolve(library, stack)
        return
    primary = stack.value.get("primary")
    kept = None if primary in {asset.uuid for asset in gone} else primary
    library.entries.put(STACKS, stack.key, stack.value | {"origin": "user", "primary": kept})


def _dissolve(library: Library, stack: Entry) -> None:
    library.update([asset.id for asset in _members(library, stack.key)], remove_metadata=(STACK,))
    library.entries.delete(STACKS, stack.key)


def _id(stack: Entry) -> str:
    return identifiers.encode(identifiers.STACK, stack.key)


def _is_in(library: Library, shelf: Shelf, stack: Entry) -> bool:
    members = _members(library, stack.key)
    return bool(members) and shelf.holds(members[0])


def _shown(library: Library, stack: Entry, include: Sequence[str] = ()) -> Json:
    members = _members(library, stack.key)
    by_uuid = {asset.uuid: asset for asset in members}
    cover = by_uuid.get(stack.value.get("primary") or "")
    live = [asset for asset in members if asset.trashed is None]
    return {
        "id": _id(stack),
        "asset_count": len(live),
        "created_at": utc(stack.created),
        "updated_at": utc(stack.updated),
        "origin": stack.value["origin"],
        "primary_asset_id": None if cover is None else asset_id(cover),
        "asset_ids": [asset_id(asset) for asset in members] if "asset_ids" in include else None,
    }
