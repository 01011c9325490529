"""`/api/assets`: list, look at, change and remove."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from fastapi import Depends
from pydantic import Field, model_validator
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fototeca.assets import Asset, Gps
from fototeca.catalog import AssetPatch
from fototeca.dialects.gumnut import identifiers, links
from fototeca.dialects.gumnut.errors import answer, done, invalid
from fototeca.dialects.gumnut.query import AssetList, Filter, after, listed, sorting
from fototeca.dialects.gumnut.render import Renderer
from fototeca.dialects.gumnut.requests import (
    MAX_IDS,
    Body,
    Eraser,
    Include,
    Members,
    Moment,
    Params,
    Reader,
    Remover,
    Routes,
    Scoped,
    Text,
    Writer,
    from_body,
    from_query,
)
from fototeca.dialects.gumnut.scope import resolve
from fototeca.errors import NotFound
from fototeca.http import Caller
from fototeca.library import Library
from fototeca.library.positions import positioned
from fototeca.query import And, Match, Page, Query

router = Routes()


class Including(Params):
    """Which heavy parts to answer with."""

    include: Include | None = None


class Change(Body):
    """A change to an asset: what is left out stays, `null` clears."""

    description: Text | None = None
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    original_datetime: Moment | None = None
    rating: Annotated[int, Field(ge=0, le=5)] | None = None

    @model_validator(mode="after")
    def _whole_position(self) -> Change:
        sent = self.model_fields_set & {"latitude", "longitude"}
        if len(sent) == 1 or (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude belong together")
        return self


class OneChange(Body):
    """A change to one of several assets."""

    id: str
    change: Change


class Changes(Body):
    """Changes to several assets, all of them or none."""

    updates: Annotated[list[OneChange], Field(max_length=MAX_IDS)]


@router.get("/api/assets")
def list_assets(caller: Reader, asked: Annotated[AssetList, Depends(from_query(AssetList))]) -> Response:
    """List what the filters leave, newest moment first unless asked otherwise."""
    library = caller.library
    found = Filter(library, resolve(library, asked.library_id))
    where = And((listed(found, asked), after(library, asked)))
    results = library.answer(Query(where, sort=sorting(asked), page=Page(asked.limit)))
    assets = library.load([hit.id for hit in results.hits])
    return answer({"data": Renderer(caller, asked.include).assets(assets), "has_more": results.cursor is not None})


@router.get("/api/assets/{asset_id}")
def get_asset(caller: Reader, asset_id: str, asked: Annotated[Including, Depends(from_query(Including))]) -> Response:
    """Return one asset, also one in the trash."""
    return answer(Renderer(caller, asked.include).asset(asset_of(caller.library, asset_id)))


@router.patch("/api/assets/{asset_id}")
def change_asset(caller: Writer, asset_id: str, change: Annotated[Change, Depends(from_body(Change))]) -> Response:
    """Change what is said of an asset; what the file says is kept beneath."""
    asset = asset_of(caller.library, asset_id)
    caller.library.records.assets.update_each({asset.id: patch_of(asset, change)})
    return answer(Renderer(caller).asset(caller.library.get(asset.id)))


@router.post("/api/assets/bulk-update")
def change_assets(caller: Writer, body: Annotated[Changes, Depends(from_body(Changes))]) -> Response:
    """Change several assets, all of them or none."""
    library, patches = caller.library, {}
    for update in body.updates:
        asset = asset_of(library, update.id)
        if asset.id in patches:
            raise invalid("body", "updates", "an asset is changed once", update.id)
        patches[asset.id] = patch_of(asset, update.change)
    library.records.assets.update_each(patches)
    return done()


@router.delete("/api/assets/{asset_id}")
def erase_asset(caller: Eraser, asset_id: str) -> Response:
    """Remove an asset and its files for good."""
    caller.library.delete([asset_of(caller.library, asset_id).id])
    return done()


@router.delete("/api/assets")
def erase_assets(
    caller: Eraser,
    asked: Annotated[Scoped, Depends(from_query(Scoped))],
    body: Annotated[Members, Depends(from_body(Members))],
) -> Response:
    """Remove assets for good; ids that name nothing are passed over."""
    caller.library.delete(_in_library(caller, asked, body))
    return done()


@router.post("/api/assets/trash")
def trash_assets(
    caller: Remover,
    asked: Annotated[Scoped, Depends(from_query(Scoped))],
    body: Annotated[Members, Depends(from_body(Members))],
) -> Response:
    """Put assets in the trash; ids that name nothing are passed over."""
    caller.library.trash(_in_library(caller, asked, body))
    return done()


@router.post("/api/assets/restore")
def restore_assets(
    caller: Writer,
    asked: Annotated[Scoped, Depends(from_query(Scoped))],
    body: Annotated[Members, Depends(from_body(Members))],
) -> Response:
    """Take assets out of the trash; those that are not in it stay as they are."""
    caller.library.restore(_in_library(caller, asked, body))
    return done()


@router.post("/api/assets/empty-trash")
def empty_trash(caller: Eraser, asked: Annotated[Scoped, Depends(from_query(Scoped))]) -> Response:
    """Remove for good what is in a library's trash."""
    shelf = resolve(caller.library, asked.library_id)
    caller.library.delete(caller.library.ids(Query(And((shelf.where, Match("status", "trashed"))))))
    return done()


@router.get("/api/assets/{asset_id}/download")
def download_asset(caller: Reader, asset_id: str) -> Response:
    """Lead the oldest clients to the original."""
    return _redirect(links.original(caller, asset_of(caller.library, asset_id)))


@router.get("/api/assets/{asset_id}/thumbnail")
def thumbnail_of_asset(request: Request, caller: Reader, asset_id: str) -> Response:
    """Lead the oldest clients to a smaller picture."""
    size = request.query_params.get("size") or "thumbnail"
    if size not in links.SIZES:
        raise invalid("query", "size", f"one of {', '.join(links.SIZES)}", size)
    urls = links.of_asset(caller, asset_of(caller.library, asset_id))
    variant = urls.get(size) or urls.get(f"{size}_image")
    if variant is None:
        raise NotFound(f'asset "{asset_id}" has no picture')
    return _redirect(variant)


def asset_of(library: Library, text: str) -> Asset:
    """Return the asset with this id.

    Raises:
        NotFound: There is none.
    """
    return library.get(identifiers.decode(identifiers.ASSET, text))


def assets_of(library: Library, texts: Sequence[str]) -> list[Asset]:
    """Return the assets with these ids, in their order, without those that name nothing."""
    uuids = identifiers.known(identifiers.ASSET, list(dict.fromkeys(texts)))
    ids = library.records.assets.by_uuid(uuids)
    return library.load([ids[uuid] for uuid in uuids if uuid in ids])


def patch_of(asset: Asset, change: Change) -> AssetPatch:
    """Turn a change into a patch; what is cleared falls back to what the file says."""
    values: dict[str, Any] = change.given("description", "rating")
    if "original_datetime" in change.model_fields_set:
        values["taken"] = asset.facts.taken if change.original_datetime is None else change.original_datetime
    patch = AssetPatch(**values)
    if not change.model_fields_set & {"latitude", "longitude"}:
        return patch
    if change.latitude is None or change.longitude is None:
        moved = positioned(asset, None)
    else:
        moved = positioned(asset, Gps(latitude=change.latitude, longitude=change.longitude))
    return msgspec.structs.replace(moved, **values)


def _in_library(caller: Caller, asked: Scoped, body: Members) -> list[int]:
    shelf = resolve(caller.library, asked.library_id)
    return [asset.id for asset in assets_of(caller.library, body.ids) if shelf.holds(asset)]


def _redirect(variant: dict[str, Any]) -> Response:
    return RedirectResponse(variant["url"], 307, {"Cache-Control": "private, no-store"})
