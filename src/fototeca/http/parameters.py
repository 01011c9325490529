"""Parameters that arrive as texts."""

from __future__ import annotations

import re

from fototeca.errors import InvalidInput

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


def whole(name: str, value: str | None, default: int, least: int) -> int:
    """Return a whole number; the default where it is absent.

    Raises:
        InvalidInput: It is none, or less than the least.
    """
    if value is None:
        return default
    if not _INTEGER.fullmatch(value) or int(value) < least:
        raise InvalidInput(f"{name} must be an integer of at least {least}", field=name, allowed=f">= {least}")
    return int(value)
