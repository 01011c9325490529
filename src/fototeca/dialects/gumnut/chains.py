"""An asset's versions as Gumnut knows them: a chain that begins with the upload and ends with what is current.

In the catalogue an earlier original may be current again while later ones are kept. Those are not part of the chain.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from fototeca.assets import Asset, Version
from fototeca.dialects.gumnut import identifiers
from fototeca.errors import NotFound
from fototeca.library import Library

ORIGINAL = "original"
"""What the upload is, and nothing else."""
_EDIT = "edit"
_SAID = "gumnut.version"
"""Kind of the entries that hold what made a version: `kind` and `params`, by the version's UUID."""


def chain(library: Library, asset: Asset) -> list[Version]:
    """Return an asset's versions, the upload first and the current one last."""
    return chains(library, [asset])[asset.id]


def chains(library: Library, assets: Sequence[Asset]) -> dict[int, list[Version]]:
    """Return the chains of several assets by their numbers."""
    current = {asset.id: asset.version for asset in assets}
    found = library.records.versions.of_assets(list(current)) if current else {}
    return {id_: [each for each in versions if each.number <= current[id_]] for id_, versions in found.items()}


def find(versions: Sequence[Version], asset: Asset, text: str) -> int:
    """Return the position in an asset's chain of the version with this id.

    Raises:
        NotFound: There is none.
    """
    ids = [version_id(asset, each.number, each.sha256) for each in versions]
    if text not in ids:
        raise NotFound(f'there is no version "{text[:60]}"')
    return ids.index(text)


def version_id(asset: Asset, number: int, sha256: str) -> str:
    """Return the id of an asset's version. A number may come again after a deletion, so the bytes have a part in it."""
    digest = hashlib.sha256(f"{asset.uuid}/{number}/{sha256}".encode()).hexdigest()
    return identifiers.encode(identifiers.VERSION, digest[:32])


def say(library: Library, version: Version, kind: str, params: dict[str, Any]) -> None:
    """Keep what made a version."""
    library.entries.put(_SAID, version.uuid, {"kind": kind, "params": params})


def said(library: Library, version: Version) -> tuple[str, dict[str, Any] | None]:
    """Return what made a version that is not the upload, and how."""
    entry = library.entries.find(_SAID, version.uuid)
    return (_EDIT, None) if entry is None else (entry.value["kind"], entry.value["params"])


def remove(library: Library, version: Version) -> Asset:
    """Remove a version and what was said of it; if it was current, the one before it is then."""
    asset = library.remove_version(version.uuid)
    if library.entries.find(_SAID, version.uuid) is not None:
        library.entries.delete(_SAID, version.uuid)
    return asset
