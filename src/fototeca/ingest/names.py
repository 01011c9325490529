"""Names that come from outside (disks, archives, URLs), made fit for the catalogue.

Nothing on disk is ever written under such a name; it is only remembered and shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST_NAME = 255
"""Bytes of UTF-8 in one part of a path, as in most file systems."""

LONGEST_PATH = 1024
"""Bytes of UTF-8 in a folder's whole path."""

# Control and direction characters, and surrogates, by which Python spells bytes of a name that are no text.
_UNREADABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_SEPARATORS = re.compile(r"[/\\]+")


def readable(text: str) -> str:
    """The text with what cannot be stored or shown replaced by U+FFFD."""
    return _UNREADABLE.sub("\ufffd", text)


def path_parts(text: str) -> list[str]:
    """The parts of a foreign path, of either slash, without empty parts, "." and ".."."""
    parts = (_shortened(part.strip()) for part in _SEPARATORS.split(readable(text)))
    return [part for part in parts if part not in {"", ".", ".."}]


def file_name(text: str, fallback: str = "unnamed") -> str:
    """The last part of a foreign path, or `fallback` where there is none."""
    return (path_parts(text) or [fallback])[-1]


def folder_path(parts: Iterable[str]) -> str:
    """A catalogue folder ("a/b/c", "" for the root) from foreign parts; too deep a path ends where it must."""
    path = ""
    for name in (name for part in parts for name in path_parts(part)):
        deeper = f"{path}/{name}" if path else name
        if len(deeper.encode()) > LONGEST_PATH:
            break
        path = deeper
    return path


def _shortened(part: str) -> str:
    """Cut to the longest name, keeping a short suffix, since it tells the format to people."""
    data = part.encode()
    if len(data) <= LONGEST_NAME:
        return part
    stem, dot, suffix = part.rpartition(".")
    tail = f"{dot}{suffix}".encode() if stem and len(suffix) <= 8 else b""
    head = (stem if tail else part).encode()[: LONGEST_NAME - len(tail)]
    return head.decode("utf-8", "ignore") + tail.decode()
