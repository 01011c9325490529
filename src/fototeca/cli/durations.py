"""Lengths of time as people type and read them."""

from __future__ import annotations

import re
from datetime import timedelta

from fototeca.errors import InvalidInput

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_FORM = re.compile(r"(\d{1,6})([smhdw])")


def duration(text: str) -> timedelta:
    """Read "90s", "15m", "1h", "7d" or "2w".

    Raises:
        InvalidInput: It is something else.
    """
    match = _FORM.fullmatch(text.strip().lower())
    if match is None:
        allowed = "a number and one of s, m, h, d, w, such as 1h"
        raise InvalidInput(f'"{text}" is not a length of time; use {allowed}', field="ttl", allowed=allowed)
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def clock(seconds: float) -> str:
    """Write a moment of a video as players do: "0:07", "12:34" or "1:02:03"."""
    hours, rest = divmod(int(seconds), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
