"""`/api/assets/{id}/versions`: the upload, and what was made of it since."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import Depends
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from fototeca.assets import Asset, Kind, Version
from fototeca.dialects.gumnut import chains, links
from fototeca.dialects.gumnut.assets import Including, asset_of
from fototeca.dialects.gumnut.errors import answer, invalid
from fototeca.dialects.gumnut.render import Json, Renderer, base64_of
from fototeca.dialects.gumnut.requests import (
    Body,
    Eraser,
    Reader,
    Routes,
    Writer,
    from_query,
    parsed,
    sent_with_file,
)
from fototeca.errors import Conflict
from fototeca.http import Caller, kept
from fototeca.library import Library
from fototeca.library.positions import EMBEDDED

router = Routes()

MAX_BYTES = 100 * 2**20
"""Size of a rendering."""
_FORMATS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
"""What a rendering may be, by its first bytes."""
_UNDECLARED = (None, "", "application/octet-stream")
_METADATA = (
    *("camera", "gps", "place", "title", "description", "keywords", "artist", "copyright"),
    *("rating", "taken", "digitized", "modified", "tags"),
)
"""The facts that a rendering has from the upload: editors seldom keep what the file said."""


class Rendering(Body):
    """What a client tells of a rendering that it sends."""

    kind: Annotated[str, Field(min_length=1, max_length=100)]
    params: Annotated[str, Field(max_length=100_000)]


Included = Annotated[Including, Depends(from_query(Including))]


@router.get("/api/assets/{asset_id}/versions")
def list_versions(caller: Reader, asset_id: str, asked: Included) -> Response:
    """List the versions of an asset at once, the upload first and the current one last."""
    asset = asset_of(caller.library, asset_id)
    chain = chains.chain(caller.library, asset)
    return answer([_shown(caller, asset, version, at, asked) for at, version in enumerate(chain)])


@router.post("/api/assets/{asset_id}/versions")
async def append_version(caller: Writer, asset_id: str, request: Request, asked: Included) -> Response:
    """Put a rendering above the upload, which must be current."""
    return await _take(caller, asset_id, None, request, asked)


@router.post("/api/assets/{asset_id}/versions/{version_id}/replace")
async def replace_version(
    caller: Writer, asset_id: str, version_id: str, request: Request, asked: Included
) -> Response:
    """Put a rendering in place of the current one, which must not be the upload."""
    return await _take(caller, asset_id, version_id, request, asked)


@router.post("/api/assets/{asset_id}/versions/{version_id}/revert")
def revert_version(caller: Eraser, asset_id: str, version_id: str) -> Response:
    """Make a version current, and remove those above it for good."""
    library = caller.library
    asset = asset_of(library, asset_id)
    chain = chains.chain(library, asset)
    at = chains.find(chain, asset, version_id)
    asset = library.choose_version(chain[at].uuid)
    for version in reversed(chain[at + 1 :]):
        asset = chains.remove(library, version)
    return answer(Renderer(caller).asset(asset))


@router.delete("/api/assets/{asset_id}/versions/{version_id}")
def delete_version(caller: Eraser, asset_id: str, version_id: str) -> Response:
    """Remove the current version for good, unless it is the upload; the one below it is current then."""
    asset = asset_of(caller.library, asset_id)
    chain = chains.chain(caller.library, asset)
    _check_topmost(chain, chains.find(chain, asset, version_id))
    return answer(Renderer(caller).asset(chains.remove(caller.library, chain[-1])))


async def _take(caller: Caller, asset_id: str, version_id: str | None, request: Request, asked: Including) -> Response:
    async with sent_with_file(request, Rendering, "file") as (sent, file):
        asset = await run_in_threadpool(_taken, caller.library, asset_id, version_id, sent, file)
        return await run_in_threadpool(_current, caller, asset, asked)


def _taken(library: Library, asset_id: str, version_id: str | None, sent: Rendering, file: UploadFile) -> Asset:
    """Make a rendering an asset's current version, in place of the one with this id or above the upload."""
    asset = asset_of(library, asset_id)
    if sent.kind == chains.ORIGINAL:
        raise invalid("body", "kind", "only the upload is an original", sent.kind)
    params = parsed(sent.params.encode())
    _check_file(asset, file)
    chain = chains.chain(library, asset)
    if version_id is not None:
        _check_topmost(chain, chains.find(chain, asset, version_id))
    elif len(chain) > 1:
        raise Conflict("a rendering is current; replace that one, or revert to the original")
    with kept(file.file, file.size or 0) as source:
        after = library.replace(asset.id, source, asset.filename, copy=True, kind=Kind.IMAGE)
    if after.version == asset.version:  # these are the bytes that it has
        return after
    after = _as_the_upload(library, asset, after)
    chains.say(library, chains.chain(library, after)[-1], sent.kind, params)
    return after if version_id is None else chains.remove(library, chain[-1])


def _check_file(asset: Asset, file: UploadFile) -> None:
    """Check that a file is what a rendering of an asset may be.

    Raises:
        RequestValidationError: It is not.
    """
    if asset.kind is not Kind.IMAGE:
        raise invalid("body", "file", "only an image has renderings")
    if (file.size or 0) > MAX_BYTES:
        raise invalid("body", "file", "a rendering has at most 100 MiB")
    head = file.file.read(8)
    file.file.seek(0)
    found = next((mime for first, mime in _FORMATS.items() if head.startswith(first)), None)
    if found is None:
        raise invalid("body", "file", "a rendering is JPEG or PNG")
    if file.content_type not in {*_UNDECLARED, found}:
        raise invalid("body", "file", f"this is {found}, not what was declared", file.content_type)


def _check_topmost(chain: list[Version], position: int) -> None:
    """Check that a version is the current one, and not the upload."""
    if position == 0:
        raise invalid("path", "version_id", "the original stays")
    if position < len(chain) - 1:
        raise Conflict("another version is above this one")


def _as_the_upload(library: Library, before: Asset, after: Asset) -> Asset:
    """Give a rendering the metadata of what it was made of."""
    told: dict[str, Any] = {name: getattr(before.facts, name) for name in _METADATA}
    change: dict[str, Any] = {"facts": msgspec.structs.replace(after.facts, **told), "taken": before.taken}
    if EMBEDDED in before.metadata:
        change["merge_metadata"] = {EMBEDDED: before.metadata[EMBEDDED]}
    library.update([after.id], **change)
    return library.get(after.id)


def _current(caller: Caller, asset: Asset, asked: Including) -> Response:
    chain = chains.chain(caller.library, asset)
    return answer(_shown(caller, asset, chain[-1], len(chain) - 1, asked))


def _shown(caller: Caller, asset: Asset, version: Version, position: int, asked: Including) -> Json:
    kind, params = (chains.ORIGINAL, None) if position == 0 else chains.said(caller.library, version)
    every = asked.include is None or "variants" in asked.include
    return {
        "id": chains.version_id(asset, version.number, version.sha256),
        "position": position,
        "kind": kind,
        "mime_type": version.mime,
        "width": version.width,
        "height": version.height,
        "file_size_bytes": version.bytes,
        "checksum": base64_of(version.sha256),
        "params": params,
        "version_urls": links.of_version(caller, asset, version, every=every),
    }
