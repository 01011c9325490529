"""What is read from the catalogue once, and kept until the change log speaks of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from fototeca.catalog.changes import Changes

T = TypeVar("T")


class Kept:
    """Values made of one workspace's records; safe to use from many threads, and right whichever process writes."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._held: dict[str, tuple[int, Any]] = {}

    def get(self, name: str, entities: Sequence[str], read: Callable[[], T]) -> T:
        """Return the value of this name, which must not be changed; read anew if one of these entities changed."""
        head = self._changes.head()  # before the value is read, so that it is never older than this says
        seen, value = self._held.get(name, (-1, None))
        if seen < 0 or (seen != head and self._changes.since(seen, 1, entities=entities)):
            value = read()
        self._held[name] = (head, value)
        found: T = value
        return found
