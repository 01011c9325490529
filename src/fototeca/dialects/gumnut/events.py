"""`/api/events`: the workspace's change log, as Gumnut's clients follow it.

One entry of the log makes none, one or two events. A cursor is the number of the entry, with one more digit for the
event within it: it grows strictly, belongs to no session, and a client that resumes from it misses nothing.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends
from pydantic import Field
from starlette.responses import Response

from fototeca.assets import Change
from fototeca.dialects.gumnut.errors import BadRequest, answer
from fototeca.dialects.gumnut.history import ENTITIES, Event, History
from fototeca.dialects.gumnut.render import Json, utc
from fototeca.dialects.gumnut.requests import Limit, Moment, Names, Params, Reader, Routes, from_query
from fototeca.dialects.gumnut.scope import resolve
from fototeca.library import Library

router = Routes()

_WITHIN = 10
_DIGITS = 20
_CURSOR = re.compile(r"\d{1,20}")
_READ_AT_ONCE = 100
"""Entries, at least; most of them make two events."""


class Following(Params):
    """Which events a client wants."""

    library_id: str | None = None
    limit: Limit = 20
    after_cursor: str | None = None
    as_of: str | None = None
    entity_types: Names = Field(default_factory=list)
    created_at_gte: Moment | None = None
    created_at_lt: Moment | None = None


@router.get("/api/events")
def list_events(caller: Reader, asked: Annotated[Following, Depends(from_query(Following))]) -> Response:
    """Tell what has changed since a cursor, in the order in which it changed."""
    library = caller.library
    shelf = resolve(library, asked.library_id)
    head = library.changes.head()
    start = _cursor("after_cursor", asked.after_cursor, head)
    end = head * _WITHIN + _WITHIN if asked.as_of is None else _cursor("as_of", asked.as_of, head)
    for name in asked.entity_types:
        if name not in ENTITIES:
            raise BadRequest(f'unknown entity type "{name[:50]}"; allowed are {", ".join(ENTITIES)}')
    found = _collect(library, History(library, shelf, asked.entity_types), asked, start, end)
    page = found[: asked.limit]
    last = _spelt(page[-1][0]) if page else asked.after_cursor
    rows = [_shown(place, change, event) for place, change, event in page]
    content = {"data": rows, "has_more": len(found) > asked.limit, "next_cursor": last, "as_of": _spelt(end)}
    return answer(content)


_Placed = tuple[int, Change, Event]


def _collect(library: Library, history: History, asked: Following, start: int, end: int) -> list[_Placed]:
    """Read the log until there is one event more than the page holds, or until its end."""
    found: list[_Placed] = []
    after = start // _WITHIN - 1  # of this entry some events may be left
    low, high = _aware(asked.created_at_gte), _aware(asked.created_at_lt)
    while len(found) <= asked.limit:
        number = max(_READ_AT_ONCE, asked.limit - len(found) + 1)
        changes = library.changes.since(after, number, entities=history.entities, at_least=low)
        for change, events in history.read(changes):
            if change.sequence * _WITHIN > end or (high is not None and change.at >= high):
                return found
            placed = ((change.sequence * _WITHIN + 1 + number, change, event) for number, event in events)
            found += [each for each in placed if start < each[0] <= end]
        if len(changes) < number:
            break
        after = changes[-1].sequence
    return found


def _cursor(name: str, text: str | None, head: int) -> int:
    if text is None:
        return 0
    if not _CURSOR.fullmatch(text) or int(text) > head * _WITHIN + _WITHIN:
        raise BadRequest(f"{name}: this is no cursor of this log")
    return int(text)


def _spelt(place: int) -> str:
    return f"{place:0{_DIGITS}d}"


def _aware(moment: datetime | None) -> datetime | None:
    """Take a time without an offset for UTC, as the log's own are."""
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=UTC)


def _shown(place: int, change: Change, event: Event) -> Json:
    return {
        "entity_type": event.entity,
        "entity_id": event.entity_id,
        "event_type": event.name,
        "created_at": utc(change.at),
        "cursor": _spelt(place),
        "payload": event.payload,
    }
