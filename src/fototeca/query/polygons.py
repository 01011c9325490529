"""Polygons on the earth: which ones can be asked for, and their outline laid flat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from fototeca.errors import QueryError
from fototeca.query.expressions import Polygon

Position: TypeAlias = tuple[float, float]
"""Degrees of latitude and longitude."""

LEAST_CORNERS, MOST_CORNERS = 3, 256
"""So many that edges which each cross all the earth take two seconds over a million positions."""


def polygon(field: str, corners: Iterable[Position]) -> Polygon:
    """Build a polygon that can be answered.

    Raises:
        QueryError: As `outline`.
    """
    made = Polygon(field, tuple(corners))
    outline(made.corners)
    return made


def outline(corners: Sequence[Position]) -> list[Position]:
    """Return the closed outline, first corner last, with longitudes that go on beyond 180 instead of jumping.

    It is at most 360 degrees wide, so a position lies within it at its own longitude, or at 360 degrees more or less.

    Raises:
        QueryError: There are too few or too many corners, one is not on the earth, or the outline goes round a pole,
            so that it has no inside in degrees.
    """
    if not LEAST_CORNERS <= len(corners) <= MOST_CORNERS:
        raise QueryError(f"a polygon has {LEAST_CORNERS} to {MOST_CORNERS} corners, never {len(corners)}")
    for latitude, longitude in corners:
        if not (abs(latitude) <= 90 and abs(longitude) <= 180):
            raise QueryError(f"{latitude:g},{longitude:g} is beyond 90 degrees of latitude or 180 of longitude")
    turns, before = 0, corners[0][1]
    laid = []
    for latitude, longitude in (*corners, corners[0]):
        turns += (longitude - before < -180) - (longitude - before > 180)
        laid.append((latitude, longitude + 360 * turns))
        before = longitude
    longitudes = [longitude for _, longitude in laid]
    if turns or max(longitudes) - min(longitudes) > 360:
        raise QueryError("a polygon cannot go round a pole; cut it along a meridian")
    return laid
