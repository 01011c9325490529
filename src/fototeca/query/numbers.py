"""Numbers as people write them, with the units of the field that they stand beside; and positions on the earth."""

from __future__ import annotations

import math
import re

from fototeca.errors import QueryError
from fototeca.query.expressions import Box, Near, Polygon
from fototeca.query.fields import ASPECT_DIGITS, Field, Type
from fototeca.query.polygons import polygon

_UNITS: dict[str, dict[str, float]] = {
    "bytes": {"b": 1}
    | {f"{p}{b}": 1e3**n for n, p in enumerate("kmgt", 1) for b in ("", "b")}
    | {f"{p}ib": 2 ** (10 * n) for n, p in enumerate("kmgt", 1)},
    "pixels": {"px": 1, "mp": 1e6},
    "seconds": {"ms": 1e-3, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600},
    "mm": {"mm": 1},
    "m": {"m": 1, "km": 1e3, "ft": 0.3048},
}
"""What each unit multiplies by; kB is 1000 bytes and KiB 1024 (IEC 80000-13)."""

_DISTANCES = {"": 1.0, "m": 1.0, "km": 1e3, "mi": 1609.344}
_PLAIN = r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:e[+-]?[0-9]++)?"
_NUMBER = re.compile(rf"({_PLAIN})\s*+([a-z]*+)\s*+")
_RATIO = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([/:x])\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(?:s|sec)?")
_CORNER = re.compile(rf"\s*+({_PLAIN})\s*+,\s*+({_PLAIN})(?:\s++|\Z)")
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_LARGEST = 2**63 - 1
_TOLERANCE = 0.005
_TOLERANCES = {"exposure": 0.01}
"""How far, as a share, a measured number may be from the one asked for: 1/250 s is often stored as 0.00399."""


def number(text: str, field: Field) -> int | float:
    """Read a number of this field: `2000`, `1.5GiB`, `12mp`, `1m30s`, `1/250`, `f/2.8`, `16:9`, as its unit allows.

    Raises:
        QueryError: It is none, or too large for 64 bits.
    """
    value = int(text) if _INTEGER.fullmatch(text) else _number(text.strip().lower(), field)
    if value is None or not abs(value) <= _LARGEST:
        kind = "whole number" if field.type is Type.INT else "number"
        units = ", ".join(_UNITS.get(field.unit, ()))
        raise QueryError(f'"{text}" is not a {kind} for {field.name}' + (f" (units: {units})" if units else ""))
    return float(value) if field.type is Type.FLOAT else value


def around(value: float, field: Field) -> tuple[float, float]:
    """Return the bounds within which a measured number counts as equal: 0.5 %, for exposure 1 %."""
    margin = abs(value) * _TOLERANCES.get(field.name, _TOLERANCE)
    return float(f"{value - margin:.7g}"), float(f"{value + margin:.7g}")


def position(text: str) -> Near | Box | Polygon:
    """Read a place, in degrees.

    That is a circle "lat,lon,radius" (in m, km or mi; metres without a unit), a box "south,west,north,east", or a
    polygon "lat,lon lat,lon lat,lon".

    Raises:
        QueryError: It is none of these, or beyond the earth.
    """
    corners = _corners(text.lower())
    if len(corners) > 1:
        return polygon("gps", corners)
    found = [_NUMBER.fullmatch(part.strip().lower()) for part in text.split(",")]
    values = [float(part[1]) for part in found if part]
    units = [part[2] for part in found if part]
    if len(values) == len(found) == 3 and not units[0] and not units[1] and units[2] in _DISTANCES:
        latitude, longitude, radius = (
            _degrees(values[0], 90),
            _degrees(values[1], 180),
            values[2] * _DISTANCES[units[2]],
        )
        if not 0 <= radius < math.inf:
            raise QueryError("a radius is not negative")
        return Near("gps", latitude, longitude, radius)
    if len(values) == len(found) == 4 and not any(units):
        south, west, north, east = (_degrees(value, limit) for value, limit in zip(values, (90, 180) * 2, strict=True))
        if south > north:
            raise QueryError("a box begins with its southern edge: south,west,north,east")
        return Box("gps", south, west, north, east)
    raise QueryError(
        'a position is "latitude,longitude,radius" such as "48.2,16.3,5km", "south,west,north,east", '
        'or a polygon of corners: "lat,lon lat,lon lat,lon"'
    )


def _number(text: str, field: Field) -> int | float | None:
    if field.name == "aperture" and text.startswith("f"):
        text = text[1:].removeprefix("/")
    ratio = _ratio(text, field)
    return _sum(text, field) if ratio is None else ratio


def _ratio(text: str, field: Field) -> float | None:
    """Read 16:9, 16x9, 16/9 for the aspect ratio, 1/250 for any measured number."""
    found = _RATIO.fullmatch(text) if field.type is Type.FLOAT else None
    if not found or float(found[3]) == 0 or (found[2] != "/" and field.name != "aspect"):
        return None
    value = float(found[1]) / float(found[3])
    return round(value, ASPECT_DIGITS) if field.name == "aspect" else value  # as the field itself is rounded


def _sum(text: str, field: Field) -> int | float | None:
    """Read a number with a unit, or for seconds several, such as 1m30s."""
    units = _UNITS.get(field.unit, {})
    total, at, parts = 0.0, 0, 0
    while found := _NUMBER.match(text, at):
        digits, unit = found.groups()
        if (unit and unit not in units) or (parts and not (unit and field.unit == "seconds")):
            return None
        total += float(digits) * units.get(unit, 1)
        at, parts = found.end(), parts + 1
    if at != len(text) or not parts or not math.isfinite(total):
        return None
    scaled = bool(unit) and field.type is Type.INT
    return round(total) if scaled else int(total) if total.is_integer() else total


def _corners(text: str) -> list[tuple[float, float]]:
    """Read positions with spaces between them; none where the text is anything else."""
    corners, at = [], 0
    while found := _CORNER.match(text, at):
        corners.append((float(found[1]), float(found[2])))
        at = found.end()
    return corners if at == len(text) else []


def _degrees(value: float, limit: int) -> float:
    if not -limit <= value <= limit:
        raise QueryError(f"{value:g} is beyond {limit} degrees")
    return value
