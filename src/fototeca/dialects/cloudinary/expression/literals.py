"""What values stand for: numbers with units, ratios, dates, places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from fototeca.errors import QueryError
from fototeca.query import Box, Expression, Near
from fototeca.query.polygons import polygon

RATIO_TOLERANCE = 0.005
"""Aspect ratios that differ by no more are equal."""

_NUMBER = re.compile(r"([+-]?[0-9]{1,18}(?:\.[0-9]{0,18})?|[+-]?\.[0-9]{1,18})\s?([a-z%]*)", re.IGNORECASE)
_RATIO = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(?::([0-9]{1,9}(?:\.[0-9]{1,9})?))?")
_SECONDS = re.compile(r"[0-9]{1,11}")
_AGO = re.compile(r"([0-9]{1,6})([hdwmy])")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_POINT = re.compile(r"\s*(-?[0-9]{1,3}(?:\.[0-9]{1,15})?)\s*,\s*(-?[0-9]{1,3}(?:\.[0-9]{1,15})?)\s*")
_DISTANCE = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(mi|yd|m|km)?\s*", re.IGNORECASE)
_METRES = {"mi": 1609.344, "yd": 0.9144, "m": 1.0, "km": 1000.0}
_HOURS = {"h": 1, "d": 24, "w": 168}
_MONTHS = {"m": 1, "y": 12}
_EARLIEST = datetime(1, 1, 2, tzinfo=UTC)


class Period(NamedTuple):
    """From a moment to before another one: the day, second or instant that a date names."""

    start: datetime
    end: datetime


def number(text: str, units: Mapping[str, float]) -> float:
    """Read a number with one of these units.

    Raises:
        QueryError: It is none.
    """
    found = _NUMBER.fullmatch(text.strip())
    unit = found[2].lower() if found else ""
    if found is None or unit not in units:
        known = ", ".join(unit for unit in units if unit)
        raise QueryError(f'"{text[:40]}" is not a number' + (f"; its unit may be {known}" if known else ""))
    value = float(found[1]) * units[unit]
    return int(value) if value.is_integer() else value


def ratio(text: str) -> float:
    """Read an aspect ratio, such as 1.5 or 16:9.

    Raises:
        QueryError: It is none.
    """
    found = _RATIO.fullmatch(text.strip())
    if found is None or (found[2] and not float(found[2])):
        raise QueryError(f'"{text[:40]}" is not an aspect ratio, such as 1.5 or "16:9"')
    return float(found[1]) / float(found[2] or 1)


def period(text: str, now: datetime) -> Period:
    """Read a date: seconds since 1970, a day, a time, or how long ago.

    Raises:
        QueryError: It is none.
    """
    text = text.strip()
    second = timedelta(seconds=1)
    if _SECONDS.fullmatch(text):
        start = datetime.fromtimestamp(int(text), UTC)
        return Period(start, start + second)
    if ago := _AGO.fullmatch(text):
        moment = _ago(now, int(ago[1]), ago[2])
        return Period(moment, moment)
    try:
        if _DAY.fullmatch(text):
            day = datetime.fromisoformat(text).replace(tzinfo=UTC)
            return Period(day, day + timedelta(days=1))
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return Period(moment, moment if moment.microsecond else moment + second)
    except (ValueError, OverflowError):
        allowed = 'such as 2024-01-15, "2024-01-15T10:00:00Z", 1705312800 or 2w'
        raise QueryError(f'"{text[:40]}" is not a date, {allowed}') from None


def _ago(now: datetime, count: int, unit: str) -> datetime:
    try:
        if unit in _HOURS:
            return now - timedelta(hours=count * _HOURS[unit])
        months = now.year * 12 + now.month - 1 - count * _MONTHS[unit]
        year, month = divmod(months, 12)
        # The same day of that month, or its last one.
        for day in range(now.day, now.day - 4, -1):
            try:
                return now.replace(year=year, month=month + 1, day=day)
            except ValueError:
                continue
    except OverflowError:
        pass
    return _EARLIEST


def place(text: str) -> Expression:
    """Read a circle ("48.2,16.3 5km") or corners joined by "|": two of a box, more of a polygon.

    Raises:
        QueryError: It is none of these.
    """
    corners = text.split("|")
    if len(corners) == 2:
        (south, west), (north, east) = sorted(_point(corner) for corner in corners)
        return Box("gps", south, min(west, east), north, max(west, east))
    if len(corners) > 2:
        return polygon("gps", (_point(corner) for corner in corners))
    found = _POINT.match(text)
    distance = _DISTANCE.fullmatch(text, found.end()) if found else None
    if found is None or distance is None:
        raise QueryError(f'"{text[:60]}" is not a place, such as "48.2,16.3 5km"')
    latitude, longitude = _point(found[0])
    return Near("gps", latitude, longitude, float(distance[1]) * _METRES[(distance[2] or "m").lower()])


def _point(text: str) -> tuple[float, float]:
    found = _POINT.fullmatch(text)
    if found is None or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:
        raise QueryError(f'"{text[:40]}" is not a latitude and a longitude')
    return float(found[1]), float(found[2])
