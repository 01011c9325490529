"""Pages of lists that are whole in memory, such as folders or presets: a cursor names the item that came last."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import TypeVar

from fototeca.dialects.cloudinary.parameters import Parameters
from fototeca.errors import CursorError

T = TypeVar("T")

_DIGEST = 9


def page_of(
    items: Sequence[T],
    sent: Parameters,
    bound: str,
    *,
    default: int,
    most: int,
    key: Callable[[T], str],
    cursor: str = "next_cursor",
) -> tuple[Sequence[T], str | None]:
    """Return the page of a list that a request asks for, and the cursor for the next one.

    Args:
        items: The whole list, in order.
        sent: Holds `max_results` and the cursor.
        bound: What the list is; a cursor of another list is refused.
        default: Items of a page where the request does not say.
        most: The most that it may say.
        key: A stable name of an item.
        cursor: Name of the parameter that holds the cursor.

    Raises:
        CursorError: The cursor is none, or of another list, or its item is gone.
    """
    limit = sent.integer("max_results", default, most=most)
    start = 0
    if sent.has(cursor):
        last = _opened(sent.text(cursor), bound)
        places = [at for at, item in enumerate(items) if key(item) == last]
        if not places:
            raise CursorError("the cursor's place is gone")
        start = places[0] + 1
    page = items[start : start + limit]
    more = start + limit < len(items) and page
    return page, _made(key(page[-1]), bound) if more else None


def _made(last: str, bound: str) -> str:
    return urlsafe_b64encode(_digest(last, bound) + last.encode()).rstrip(b"=").decode()


def _opened(cursor: str, bound: str) -> str:
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        last = raw[_DIGEST:].decode()
    except ValueError as error:
        raise CursorError("the cursor is malformed") from error
    if raw[:_DIGEST] != _digest(last, bound):
        raise CursorError("the cursor does not belong to this list")
    return last


def _digest(last: str, bound: str) -> bytes:
    return blake2b(f"{bound}\0{last}".encode(), digest_size=_DIGEST).digest()
