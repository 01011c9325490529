"""Paging cursors: the sort values and the id of the last hit, bound to the query by a checksum.

A cursor is URL-safe text and needs no memory on the server. It holds nothing but what its reader has been shown, so the
checksum guards against mistakes, not against malice: whoever forges one only chooses where to start.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from fototeca.errors import CursorError
from fototeca.query.expressions import Query

_DIGEST = 9
_VERSION = 2
_JSON = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Position:
    """A place in an ordered answer.

    Attributes:
        values: The sort values of the hit there, `None` where it has none; no values at all for the very beginning.
        id: Its id.
        seen: Ids of hits from behind this place that have been shown already: the best hits of a large vector space are
            found nearly, not surely, in their order.
    """

    values: tuple[Any, ...]
    id: int
    seen: tuple[int, ...] = ()


def encode(position: Position, query: Query) -> str:
    """Return the cursor that continues behind a position."""
    content = [list(position.seen), *position.values, position.id]
    payload = _JSON.encode(content).encode()
    return urlsafe_b64encode(_digest(payload, query) + payload).rstrip(b"=").decode()


def decode(cursor: str, query: Query) -> Position:
    """Return the position that a cursor stands for.

    Raises:
        CursorError: The text is no cursor, or one of a query with another filter, rank, sort or cut-off.
    """
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        payload = raw[_DIGEST:]
        if raw[:_DIGEST] != _digest(payload, query):
            raise CursorError("the cursor does not belong to this query")
        seen, *values, last = json.loads(payload)
        shown = tuple(seen)
    except (ValueError, TypeError, RecursionError) as error:
        raise CursorError("the cursor is malformed") from error
    return Position(tuple(tuple(value) if isinstance(value, list) else value for value in values), last, shown)


def _digest(payload: bytes, query: Query) -> bytes:
    """Bind a payload to what decides which documents are hits and their order."""
    bound = repr((_VERSION, query.where, query.rank, query.sort, query.min_relevance, query.keep_unranked))
    key = blake2b(bound.encode("utf-8", "surrogatepass"), digest_size=32).digest()
    return blake2b(payload, digest_size=_DIGEST, key=key).digest()
