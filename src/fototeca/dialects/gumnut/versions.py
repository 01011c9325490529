"""`/api/assets/{id}/versions`: the originals that an asset has had."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.responses import Response

from fototeca.assets import Asset, Version
from fototeca.dialects.gumnut import links
from fototeca.dialects.gumnut.assets import Including, asset_of
from fototeca.dialects.gumnut.errors import answer
from fototeca.dialects.gumnut.render import Json, base64_of, version_id, version_kind
from fototeca.dialects.gumnut.requests import Reader, Routes, Writer, from_query
from fototeca.http import Caller

router = Routes()


@router.get("/api/assets/{asset_id}/versions")
def list_versions(
    caller: Reader, asset_id: str, asked: Annotated[Including, Depends(from_query(Including))]
) -> Response:
    """List the versions of an asset at once, the upload first."""
    asset = asset_of(caller.library, asset_id)
    every = asked.include is None or "variants" in asked.include
    versions = caller.library.records.assets.versions(asset.id)
    return answer([_shown(caller, asset, version, every=every) for version in versions])


@router.post("/api/assets/{asset_id}/versions")
@router.post("/api/assets/{asset_id}/versions/{version_id}/replace")
@router.post("/api/assets/{asset_id}/versions/{version_id}/revert")
@router.delete("/api/assets/{asset_id}/versions/{version_id}")
def change_versions(caller: Writer, asset_id: str, version_id: str = "") -> Response:  # noqa: ARG001 - of the paths
    """Refuse to change versions, which are read here and not yet written."""
    asset_of(caller.library, asset_id)
    raise HTTPException(501, "versions can be listed here, not changed", {"x-should-retry": "false"})


def _shown(caller: Caller, asset: Asset, version: Version, *, every: bool) -> Json:
    current = version.number == asset.version
    urls = links.of_asset(caller, asset, every=every) if current else {}
    if every and not current:
        urls = {"original": links.of_version(caller, asset, version)}
    return {
        "id": version_id(asset.id, version.number),
        "position": version.number - 1,
        "kind": version_kind(version.number),
        "mime_type": version.mime,
        "width": version.width,
        "height": version.height,
        "file_size_bytes": version.bytes,
        "checksum": base64_of(version.sha256),
        "params": None,
        "version_urls": urls,
    }
