"""Conditions and ranges of requests for bytes (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import NamedTuple

from starlette.datastructures import Headers

_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.IGNORECASE)
_ETAG = re.compile(r'(?:W/)?("[^"]*")')


class Span(NamedTuple):
    """Bytes from `start` to before `end`."""

    start: int
    end: int


class Unsatisfiable(Exception):
    """A range begins behind the end."""


def not_modified(headers: Headers, etag: str, modified: datetime) -> bool:
    """Whether the client has this already, by `If-None-Match`, or without one by `If-Modified-Since`."""
    tags = headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or etag in _ETAG.findall(tags)
    since = _date(headers.get("if-modified-since"))
    return since is not None and modified.replace(microsecond=0) <= since


def wanted(headers: Headers, size: int, etag: str, modified: datetime) -> Span | None:
    """Return the one range that is asked for, or `None` for the whole.

    Several ranges, a unit other than bytes, a malformed range, and one whose `If-Range` no longer holds all mean the
    whole, as the RFC allows.

    Raises:
        Unsatisfiable: None of the range's bytes is there.
    """
    match = _RANGE.fullmatch(headers.get("range", ""))
    if match is None or not _still_holds(headers.get("if-range"), etag, modified):
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    if not first:
        span = Span(max(size - int(last), 0), size)
    else:
        if last and int(last) < int(first):
            return None
        span = Span(int(first), min(int(last) + 1, size) if last else size)
    if span.start >= span.end:
        raise Unsatisfiable
    return span


def http_date(moment: datetime) -> str:
    """Return a time (UTC) as headers spell it."""
    return format_datetime(moment.replace(microsecond=0), usegmt=True)


def _still_holds(condition: str | None, etag: str, modified: datetime) -> bool:
    return condition is None or condition.strip() in {etag, http_date(modified)}


def _date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None
