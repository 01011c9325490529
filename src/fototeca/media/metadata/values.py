"""Values as they may leave the metadata parsers: bounded, finite and fit for JSON."""

from __future__ import annotations

import math
import re
from typing import Any, TypeAlias

Value: TypeAlias = str | int | float | list[Any]
Tags: TypeAlias = dict[str, Value]

MAX_TAGS = 500
"""Tags kept of one file."""

MAX_TEXT = 4000
"""Characters kept of one text."""

MAX_LIST = 100
"""Items kept of one list."""

# Controls other than tab and line feed; and lone surrogates, which UTF-8 cannot carry.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def text(value: str) -> str | None:
    """The text without control characters and outer white space, cut to `MAX_TEXT`; `None` if nothing is left."""
    return _UNFIT.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip()[:MAX_TEXT].strip() or None


def decoded(data: bytes) -> str:
    """Bytes of unknown encoding as text: UTF-8 if they are, else Windows-1252, the usual culprit."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def fit(value: object) -> Value | None:
    """The value if it is fit to keep, made smaller if need be; `None` if it is not."""
    match value:
        case bool():
            return int(value)
        case str():
            return text(value)
        case int():
            return value if -(1 << 63) <= value < 1 << 63 else None
        case float():
            return value if math.isfinite(value) else None
        case list() | tuple():
            items = [item for item in (fit(item) for item in value[:MAX_LIST]) if item is not None]
            return items or None
    return None


def number(value: object) -> float | None:
    """The value, or the first of several, as a finite number; texts such as "1/60" and "2.8" count."""
    if isinstance(value, list | tuple):
        return number(value[0]) if value else None
    if isinstance(value, str):
        above, _, below = value.strip().partition("/")
        try:
            value = float(above) / float(below) if below else float(above)
        except (ValueError, ZeroDivisionError):
            return None
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
