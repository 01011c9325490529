"""Pages of lists that are short enough to be made whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def cut(items: Sequence[T], limit: int, after: Any, key: Callable[[T], Any]) -> tuple[list[T], bool]:
    """Return a page of items that are in order of a key, and whether more follow.

    Args:
        items: In ascending order of the key.
        limit: Items of a page.
        after: The key of the last item of the page before, which need not be there any more; `None` for the first page.
        key: Gives an item's key.
    """
    rest = items if after is None else [item for item in items if key(item) > after]
    return list(rest[:limit]), len(rest) > limit
