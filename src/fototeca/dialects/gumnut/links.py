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
    # Renditions are WebP where a part is transparent, else JPEG: see `fototeca.media.renditions`.
    mime = "image/webp" if asset.facts.transparent else "image/jpeg"
    return _urls(caller, asset, asset, "", mime if still else None, every=every)


def original(caller: Caller, asset: Asset) -> Variant:
    """Return the link to an asset's bytes as they were sent, for saving."""
    return _variant(f"{_url(caller, asset, ORIGINAL)}{_ATTACHED}", asset.mime, asset.width)


def of_version(caller: Caller, asset: Asset, version: Version, *, every: bool = True) -> dict[str, Variant]:
    """Return the links of one of an asset's versions by size, as `of_asset` does."""
    prefix = f"{VERSION}{version.uuid}"
    file = caller.library.file(asset, f"{prefix}-{SMALL}")
    return _urls(caller, asset, version, prefix, None if file is None else file.mime, every=every)


def of_face(caller: Caller, asset_uuid: str, face: Face | str) -> dict[str, Variant]:
    """Return the link to a face's picture."""
    uuid = face if isinstance(face, str) else face.uuid
    path = caller.context.links.sign(caller.principal.workspace.name, asset_uuid, f"{PREFIX}{uuid}", ttl=DAY)
    return {"thumbnail": {"url": caller.origin + path, "mimetype": "image/jpeg", "width": None}}


def _urls(
    caller: Caller, asset: Asset, of: Asset | Version, prefix: str, mime: str | None, *, every: bool
) -> dict[str, Variant]:
    """Return links by size.

    Args:
        caller: Who is asking.
        asset: Whose files they are.
        of: The asset, or one of its versions.
        prefix: Of the version's variants; empty for the asset.
        mime: Type of its renditions; `None` where it has none.
        every: All of them; else only the smallest one.
    """

    def rendition(side: str) -> Variant:
        longest = max(of.width, of.height)
        width = round(of.width * min(1.0, int(side) / longest)) if longest else None
        return _variant(_url(caller, asset, f"{prefix}-{side}" if prefix else side), mime or "", width)

    whole = _url(caller, asset, prefix or ORIGINAL)
    urls = {"original": _variant(f"{whole}{_ATTACHED}", of.mime, of.width)}
    suffix = "_image" if of.mime.startswith("video/") else ""
    if mime is None:
        return urls
    if not every:
        return {f"thumbnail{suffix}": rendition(SMALL)}
    made = {side: rendition(side) for side in RENDITIONS}
    urls |= {f"{size}{suffix}": made[side] for size, side in SIZES.items()}
    if of.format in _DISPLAYABLE:
        urls["fullsize"] = _variant(whole, of.mime, of.width)
    return urls


def _url(caller: Caller, asset: Asset, variant: str) -> str:
    return caller.origin + caller.context.links.sign(asset.workspace, asset.uuid, variant, ttl=DAY)


def _variant(url: str, mime: str, width: int | None) -> Variant:
    return {"url": url, "mimetype": mime, "width": width or None}
