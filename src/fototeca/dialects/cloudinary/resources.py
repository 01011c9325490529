"""Finding the assets that requests name, one or many."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from fototeca.assets import Asset, Kind, Status
from fototeca.dialects.cloudinary.cloud import Cloud
from fototeca.errors import NotFound

MAX_IDS = 1_000

_ASSET_ID = re.compile(r"[0-9a-f]{32}")


def kind_of(resource_type: str) -> Kind:
    """Return the kind that a path names.

    Raises:
        NotFound: There is no such kind.
    """
    try:
        return Kind(resource_type)
    except ValueError:
        raise NotFound(f"Unknown resource_type {resource_type[:50]}; allowed: image, video, raw") from None


def by_public_id(cloud: Cloud, public_id: str, kind: Kind, delivery: str) -> Asset:
    """Return the asset of a name, one that is in the trash included.

    Raises:
        NotFound: There is none.
    """
    found = cloud.library.find_public([public_id], kind, delivery).get(public_id)
    if found is None:
        raise NotFound(f"Resource not found - {public_id[:300]}")
    return found


def by_asset_id(cloud: Cloud, asset_id: str) -> Asset:
    """Return the asset of an id.

    Raises:
        NotFound: There is none.
    """
    if not _ASSET_ID.fullmatch(asset_id):
        raise NotFound(f"Resource not found - {asset_id[:300]}")
    try:
        return cloud.library.get(asset_id)
    except NotFound:
        raise NotFound(f"Resource not found - {asset_id}") from None


def by_asset_ids(cloud: Cloud, asset_ids: Sequence[str]) -> list[Asset]:
    """Return the assets of ids, without those that are unknown."""
    wanted = [asset_id for asset_id in asset_ids if _ASSET_ID.fullmatch(asset_id)]
    ids = cloud.library.records.assets.by_uuid(wanted)
    return cloud.library.load([ids[asset_id] for asset_id in wanted if asset_id in ids])


def living(assets: Iterable[Asset]) -> list[Asset]:
    """Return those that are not in the trash."""
    return [asset for asset in assets if asset.status is not Status.TRASHED]
