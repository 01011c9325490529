"""`/v1/assets/{asset}/versions`: the originals that an asset has had."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from fastapi import Path
from starlette.responses import Response

from fototeca.assets import Asset, Version
from fototeca.errors import NotFound
from fototeca.http import Caller, Router
from fototeca.server.native.answers import VersionList, answer, shown
from fototeca.server.native.answers import version as shown_version
from fototeca.server.native.openapi import EXAMPLE_ASSET, returns
from fototeca.server.native.requests import Key, key_of
from fototeca.server.security import Reader, Writer

router = Router(prefix="/v1/assets/{asset}/versions", tags=["versions"])

Uuid: TypeAlias = Annotated[str, Path(max_length=64, description="Its `uuid`: a number may come again.")]

_LIST = returns(
    VersionList,
    {
        "versions": [
            {
                "uuid": "0b1e9a5c3f9d4c7e8a2f6d1c5b4a3e2d",
                "number": 1,
                "current": True,
                "filename": "chelsea.png",
                "format": "png",
                "mime": "image/png",
                "bytes": 240512,
                "width": 451,
                "height": 300,
                "sha256": "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
                "created": "2026-05-01T12:00:00Z",
                "urls": EXAMPLE_ASSET["urls"],
            }
        ]
    },
    doc="The versions",
)
_ASSET = returns(Asset, EXAMPLE_ASSET, doc="The asset, as it is now")


@router.get("", summary="List the versions of an asset", responses=_LIST)
def list_versions(caller: Reader, asset: Key) -> Response:
    """Return the originals that an asset has had and that were not removed, the first one first."""
    found = caller.library.get(key_of(asset))
    versions = caller.library.records.versions.of_asset(found.id)
    return answer(VersionList([shown_version(caller, found, each) for each in versions]))


@router.post("/{version}/choose", summary="Make a version the current one", responses=_ASSET)
def choose_version(caller: Writer, asset: Key, version: Uuid) -> Response:
    """Make an original that the asset has had its current one again; later ones stay, and what people said too."""
    return answer(shown(caller, caller.library.choose_version(_of(caller, asset, version).uuid)))


@router.delete("/{version}", summary="Remove a version", responses=_ASSET)
def remove_version(caller: Writer, asset: Key, version: Uuid) -> Response:
    """Remove an original with its bytes, for good. In place of the current one comes the one before it.

    The only one cannot be removed.
    """
    return answer(shown(caller, caller.library.remove_version(_of(caller, asset, version).uuid)))


def _of(caller: Caller, asset: str, uuid: str) -> Version:
    """Return a version of an asset.

    Raises:
        NotFound: The asset has no such version.
    """
    found = caller.library.get(key_of(asset))
    version = caller.library.records.versions.get(uuid)
    if version.asset_id != found.id:
        raise NotFound(f"asset {found.id} has no version {uuid}")
    return version
