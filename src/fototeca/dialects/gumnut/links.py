"""`asset_urls`: signed absolute links to an asset's files, by the names that Gumnut gives to sizes."""

from __future__ import annotations

from typing import Any

from fototeca.assets import Asset, Face, Kind, Version
from fototeca.http import Caller
from fototeca.library.crops import PREFIX
from fototeca.library.files import ORIGINAL, RENDITIONS, VERSION

DAY = 86_400
"""Seconds that a link is good at least. It stays the same for that long, so that browsers cache what it leads to."""
SMALL, LARGE = RENDITIONS
SIZES = {"thumbnail": SMALL, "small": LARGE, "preview": LARGE, "fullsize": LARGE}
"""Gumnut's sizes and what is sent for them: the smallest rendition that is not smaller, as far as there is one."""
_DISPLAYABLE = frozenset({"jpg", "jpeg", "png", "gif", "webp", "avif"})
"""Formats that browsers show, so that the full size can be the original itself."""
_ATTACHED = "&attached=true"

Variant = dict[str, Any]


def of_asset(caller: Caller, asset: Asset, *, every: bool = True) -> dict[str, Variant]:
    """Return an asset's links by size.

    Args:
        caller: Who is asking.
        asset: Of the caller's library.
        every: All of them; else only the smallest one.
    """
    still = asset.kind is Kind.IMAGE or caller.library.file(asset, SMALL) is not None
    suffix = "" if asset.kind is not Kind.VIDEO else "_image"
    if not every:
        return (
            {f"thumbnail{suffix}": _rendition(caller, asset, SMALL)} if still else {"original": original(caller, asset)}
        )
    whole = _url(caller, asset, ORIGINAL)
    urls = {"original": _variant(f"{whole}{_ATTACHED}", asset.mime, asset.width)}
    if still:
        made = {variant: _rendition(caller, asset, variant) for variant in RENDITIONS}
        urls |= {f"{size}{suffix}": made[variant] for size, variant in SIZES.items()}
        if asset.format in _DISPLAYABLE:
            urls["fullsize"] = _variant(whole, asset.mime, asset.width)
    return urls


def original(caller: Caller, asset: Asset) -> Variant:
    """Return the link to an asset's bytes as they were sent, for saving."""
    return _variant(f"{_url(caller, asset, ORIGINAL)}{_ATTACHED}", asset.mime, asset.width)


def of_version(caller: Caller, asset: Asset, version: Version) -> Variant:
    """Return the link to the bytes of an earlier version."""
    return _variant(f"{_url(caller, asset, f'{VERSION}{version.number}')}{_ATTACHED}", version.mime, version.width)


def of_face(caller: Caller, asset_uuid: str, face: Face | str) -> dict[str, Variant]:
    """Return the link to a face's picture."""
    uuid = face if isinstance(face, str) else face.uuid
    path = caller.context.links.sign(caller.principal.workspace.name, asset_uuid, f"{PREFIX}{uuid}", ttl=DAY)
    return {"thumbnail": {"url": caller.origin + path, "mimetype": "image/jpeg", "width": None}}


def _rendition(caller: Caller, asset: Asset, variant: str) -> Variant:
    # Renditions are WebP where a part is transparent, else JPEG: see `fototeca.media.renditions`.
    mime = "image/webp" if asset.facts.transparent else "image/jpeg"
    longest = max(asset.width, asset.height)
    width = round(asset.width * min(1.0, int(variant) / longest)) if longest else None
    return _variant(_url(caller, asset, variant), mime, width)


def _url(caller: Caller, asset: Asset, variant: str) -> str:
    return caller.origin + caller.context.links.sign(asset.workspace, asset.uuid, variant, ttl=DAY)


def _variant(url: str, mime: str, width: int | None) -> Variant:
    return {"url": url, "mimetype": mime, "width": width or None}
