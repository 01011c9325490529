"""Responsive breakpoints: widths at which another file is worth having."""

from __future__ import annotations

import math
import re
from typing import Any

from fototeca.assets import Asset, Kind
from fototeca.dialects.cloudinary import derived, render
from fototeca.dialects.cloudinary.cloud import Cloud
from fototeca.dialects.cloudinary.parameters import Parameters
from fototeca.errors import InvalidInput
from fototeca.media import Made

MAX_SETTINGS, MAX_IMAGES = 5, 20

_DEFAULTS = {"bytes_step": 20_000, "min_width": 50, "max_width": 1_000, "max_images": MAX_IMAGES}
_FORMAT = re.compile(r"[a-z]{2,5}")


def settings_of(sent: Parameters) -> list[dict[str, Any]]:
    """Return what a request asks for, checked before anything is stored.

    Raises:
        InvalidInput: It is not one or a few objects whose numbers are positive.
    """
    given = sent.json("responsive_breakpoints")
    found = [] if given is None else given if isinstance(given, list) else [given]
    if len(found) > MAX_SETTINGS or not all(isinstance(one, dict) for one in found):
        raise _bad()
    checked = []
    for one in found:
        numbers = {name: one.get(name, default) for name, default in _DEFAULTS.items()}
        text, extension = str(one.get("transformation") or ""), str(one.get("format") or "")
        if not all(isinstance(number, int) and number > 0 for number in numbers.values()):
            raise _bad()
        if extension and not _FORMAT.fullmatch(extension):
            raise _bad()
        derived.check(text)
        checked.append({**numbers, "transformation": text, "format": extension})
    return checked


def found_for(cloud: Cloud, asset: Asset, settings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the breakpoints of an image, the widest first.

    From the widest to the narrowest there are as many as their difference in bytes has steps, evenly spaced.
    """
    return [_found(cloud, asset, one) for one in settings] if asset.kind is Kind.IMAGE else []


def _found(cloud: Cloud, asset: Asset, one: dict[str, Any]) -> dict[str, Any]:
    text, extension = one["transformation"], one["format"]

    def made(width: int) -> Made:
        scaled = "/".join(filter(None, (text, f"c_scale,w_{width}")))
        return derived.of_asset(cloud, asset, scaled, asked=extension)[1]

    whole = derived.of_asset(cloud, asset, text, asked=extension)[1]
    widest = min(one["max_width"], whole.width)
    narrowest = min(one["min_width"], widest)
    difference = max(0, len(made(widest).data) - len(made(narrowest).data))
    steps = max(1, min(one["max_images"], MAX_IMAGES, 1 + math.ceil(difference / one["bytes_step"])) - 1)
    widths = sorted({round(widest - (widest - narrowest) * step / steps) for step in range(steps + 1)}, reverse=True)
    entries = []
    for width in widths[: one["max_images"]]:
        picture = made(width)
        scaled = "/".join(filter(None, (text, f"c_scale,w_{width}")))
        address = render.url(cloud, asset, scaled, extension or None)
        entries.append(
            {
                "width": picture.width,
                "height": picture.height,
                "bytes": len(picture.data),
                "url": address,
                "secure_url": address,
            }
        )
    return {"transformation": text, "breakpoints": entries}


def _bad() -> InvalidInput:
    return InvalidInput(
        "Invalid value for parameter responsive_breakpoints",
        field="responsive_breakpoints",
        allowed=f"up to {MAX_SETTINGS} objects with {', '.join(_DEFAULTS)}, transformation and format",
    )
