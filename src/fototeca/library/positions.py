"""Where and when a photo was taken, if somebody says so: what they said and what the file says are both kept."""

from __future__ import annotations

from typing import Any

import msgspec

from fototeca.assets import Asset, Gps
from fototeca.catalog import AssetPatch
from fototeca.media.places import place_at

EMBEDDED = "embedded_position"
"""Key of the fact that keeps a file's own position while another one is said."""


def positioned(asset: Asset, position: Gps | None) -> AssetPatch:
    """Return the patch that puts an asset at another position, and names the place.

    What the file itself says is kept beside it; `None` returns to that.
    """
    said: Any = asset.metadata.get(EMBEDDED)
    if position is None:
        embedded = asset.facts.gps if said is None else _read(said)
        place = None if embedded is None else place_at(embedded)
        facts = msgspec.structs.replace(asset.facts, gps=embedded, place=place)
        return AssetPatch(facts=facts, remove_metadata=(EMBEDDED,))
    facts = msgspec.structs.replace(asset.facts, gps=position, place=place_at(position))
    kept = _spelt(asset.facts.gps) if said is None else said
    return AssetPatch(facts=facts, merge_metadata={EMBEDDED: kept})


def as_said(before: Asset, after: Asset) -> AssetPatch | None:
    """Return the patch by which an asset with another file keeps the moment and the position that people said.

    Args:
        before: The asset with the file that it had.
        after: The same with what the new file says.
    """
    said: dict[str, Any] = {}
    if before.taken != before.facts.taken:
        said["taken"] = before.taken
    if EMBEDDED in before.metadata:
        said["facts"] = msgspec.structs.replace(after.facts, gps=before.facts.gps, place=before.facts.place)
        said["merge_metadata"] = {EMBEDDED: _spelt(after.facts.gps)}
    return AssetPatch(**said) if said else None


def _spelt(position: Gps | None) -> str:
    return "" if position is None else msgspec.json.encode(position).decode()


def _read(text: str) -> Gps | None:
    return msgspec.json.decode(text, type=Gps) if text else None
