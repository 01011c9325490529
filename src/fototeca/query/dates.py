"""Dates as people write them: the period that a text names, seen from a moment called now."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta, timezone

from fototeca.errors import QueryError
from fototeca.query.fields import Field

CATALOGUE_TIMES = frozenset({"created", "updated", "trashed", "replaced"})
"""Fields kept in UTC; all others are on the camera's clock, and now is then the caller's local time."""

_TWO = r"([0-9]{2})"
_ISO = re.compile(
    rf"([0-9]{{4}})(?:-{_TWO}(?:-{_TWO}(?:[t ]{_TWO}(?::{_TWO}(?::{_TWO}(?:\.([0-9]{{1,6}}))?)?)?"
    rf"(z|[+-][0-9]{{2}}(?::?[0-9]{{2}})?)?)?)?)?"
)
_AGO = re.compile(r"-?([0-9]{1,6})(h|d|w|mo|y)")
_HOURS = {"h": 1, "d": 24, "w": 7 * 24}
_STEPS = (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1))
_END = datetime(9999, 12, 31, 23, 59, 59, 999_999)  # noqa: DTZ001 - bounds are naive
_HELP = 'write 2023, 2023-06, 2023-06-01, 2023-06-01T12:30, today, yesterday, 7d, 2w, 3mo, 1y or "last month"'


def clock(field: Field, now: datetime | None) -> datetime:
    """Return now as the field's clock shows it, naive.

    Args:
        field: A date field.
        now: The moment of asking; naive means that every clock shows it. Default: the current time.
    """
    if now is None:
        now = datetime.now().astimezone()
    if now.tzinfo is None:
        return now
    return (now.astimezone(UTC) if field.name in CATALOGUE_TIMES else now).replace(tzinfo=None)


def ago(text: str, field: Field, now: datetime | None) -> datetime | None:
    """Return the moment that `7d`, `2w`, `3mo`, `1y` or `12h` (a minus before it is allowed) is ago, else `None`.

    Raises:
        QueryError: It lies before the year 1.
    """
    found = _AGO.fullmatch(text)
    if not found:
        return None
    amount, unit, here = int(found[1]), found[2], clock(field, now)
    try:
        if unit in _HOURS:
            return here - timedelta(hours=amount * _HOURS[unit])
        return _months_before(here, amount * (12 if unit == "y" else 1))
    except (OverflowError, ValueError):
        raise QueryError(f'"{text}" ago is before the year 1') from None


def period(text: str, field: Field, now: datetime | None) -> tuple[datetime, datetime]:
    """Return the first moment of the named period and the first one after it, both naive.

    A time with a fraction of a second, or an amount ago, is a moment: both are equal. With an offset the time is
    converted to UTC.

    Raises:
        QueryError: The text is no date.
    """
    iso = _ISO.fullmatch(text)
    if iso:
        return _iso_period(text, iso)
    moment = ago(text, field, now)
    if moment is not None:
        return moment, moment
    named = _named_period(text, clock(field, now))
    if named is None:
        raise QueryError(f'"{text}" is not a date; {_HELP}')
    return named


def _iso_period(text: str, found: re.Match[str]) -> tuple[datetime, datetime]:
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        start = datetime(  # noqa: DTZ001 - the offset, where there is one, is taken off below
            int(year),
            int(month or 1),
            int(day or 1),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "0").ljust(6, "0")),
        )
        if offset:
            start = start.replace(tzinfo=_zone(offset)).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise QueryError(f'"{text}" is not a date: {error}') from None
    if fraction:
        return start, start
    if day:
        return start, _plus(start, _STEPS[sum(part is not None for part in (hour, minute, second))])
    return start, _next_month(start, 1 if month else 12)


def _zone(offset: str) -> timezone:
    if offset == "z":
        return UTC
    digits = offset[1:].replace(":", "").ljust(4, "0")
    distance = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-distance if offset[0] == "-" else distance)


def _named_period(text: str, now: datetime) -> tuple[datetime, datetime] | None:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    day, week = timedelta(days=1), timedelta(days=7)
    monday = today - timedelta(days=today.weekday())  # ISO 8601: weeks begin on Monday
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    match " ".join(text.split()):
        case "today":
            return today, _plus(today, day)
        case "yesterday":
            return today - day, today
        case "this week":
            return monday, _plus(monday, week)
        case "last week":
            return monday - week, monday
        case "this month":
            return month, _next_month(month, 1)
        case "last month":
            return _months_before(month, 1), month
        case "this year":
            return year, _next_month(year, 12)
        case "last year":
            return _months_before(year, 12), year
    return None


def _months_before(moment: datetime, months: int) -> datetime:
    """Go back by calendar months; a day that the month lacks becomes its last one."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    if year < 1:
        raise OverflowError
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def _next_month(start: datetime, months: int) -> datetime:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return _END if year > _END.year else start.replace(year=year, month=month + 1)


def _plus(start: datetime, step: timedelta) -> datetime:
    return _END if _END - start < step else start + step
