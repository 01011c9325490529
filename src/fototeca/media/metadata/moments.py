"""When a photo was taken, out of the many dates that a file may carry.

`taken` is the first of these that is there:

1. EXIF DateTimeOriginal, with its SubSecTime and OffsetTime;
2. XMP exif:DateTimeOriginal, then photoshop:DateCreated;
3. IPTC DateCreated with TimeCreated;
4. when the picture was digitised: EXIF DateTimeDigitized, XMP exif:DateTimeDigitized, xmp:CreateDate, IPTC
   DigitalCreationDate: of a camera's picture the same moment, of a scan's at least an upper bound;
5. the GPS clock, EXIF or XMP, which is in UTC.

The date of the last change never poses as the time of the photo. Times are on the camera's clock: aware where the file
gives the UTC offset, or the GPS clock proves it; naive otherwise.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import NamedTuple

from fototeca.media.metadata.exif import Exif
from fototeca.media.metadata.iptc import Records
from fototeca.media.metadata.values import number
from fototeca.media.metadata.xmp import Properties

# EXIF's "2023:02:01 10:30:00" and ISO 8601 as XMP uses it, where all after the year may be missing.
_MOMENT = re.compile(
    r"\s*(\d{4})(?:[:/-](\d\d?)(?:[:/-](\d\d?)(?:[T ]+(\d\d?):(\d\d?)(?::(\d\d?)(?:[.,](\d+))?)?)?)?)?"
    r"\s*(Z|[+-]\d\d:?\d\d)?[\s\0]*"
)
_OFFSET = re.compile(r"\s*(?:(Z)|([+-])(\d\d):?(\d\d))[\s\0]*")
_IPTC_DATE = re.compile(r"(\d{4})[:-]?(\d\d)[:-]?(\d\d)")
_IPTC_TIME = re.compile(r"(\d\d):?(\d\d):?(\d\d)\s*([+-]\d\d:?\d\d)?")


class Moments(NamedTuple):
    """The times of a photo, each `None` where the file does not tell."""

    taken: datetime | None
    digitized: datetime | None
    modified: datetime | None


def moments(exif: Exif, iptc: Records, xmp: Properties) -> Moments:
    """Find the times, by the order that this module documents."""
    original = _from_exif(exif, exif.photo.get(0x9003), 0x9291, 0x9011)
    digitized = (
        _from_exif(exif, exif.photo.get(0x9004), 0x9292, 0x9012)
        or _from_xmp(xmp, "exif:DateTimeDigitized", "xmp:CreateDate")
        or _from_iptc(iptc, "DigitalCreationDate", "DigitalCreationTime")
    )
    modified = _from_exif(exif, exif.image.get(0x0132), 0x9290, 0x9010) or _from_xmp(xmp, "xmp:ModifyDate")
    satellite = _from_gps(exif)
    taken = (
        original
        or _from_xmp(xmp, "exif:DateTimeOriginal", "photoshop:DateCreated")
        or _from_iptc(iptc, "DateCreated", "TimeCreated")
        or digitized
        or satellite
        or _from_xmp(xmp, "exif:GPSDateTime", "exif:GPSTimeStamp")
    )
    if taken and satellite and taken.tzinfo is None:
        zone = proven_zone(taken, satellite)
        digitized = digitized.replace(tzinfo=zone) if digitized == taken else digitized
        taken = taken.replace(tzinfo=zone)
    return Moments(taken, digitized, modified)


def moment(value: object, fraction: object = None, offset: object = None) -> datetime | None:
    """A time as EXIF or XMP writes it; `None` where it is blank, zero or impossible.

    Args:
        value: Such as "2023:02:01 10:30:00" or "2023-02-01T10:30:00.5+01:00".
        fraction: Digits after the decimal point of the second, where they are kept apart.
        offset: From UTC, such as "+01:00", where it is kept apart.
    """
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return None
    year, month, day, hour, minute, second = (
        int(part or least) for part, least in zip(found.groups(), _LEAST, strict=False)
    )
    digits = found[7] or (fraction.strip("\0 ") if isinstance(fraction, str) else "")
    micro = int(digits[:6].ljust(6, "0")) if digits.isascii() and digits.isdigit() else 0
    try:
        # A leap second, or a clock that counts to 60, is the last moment of its minute.
        return datetime(year, month, day, hour, minute, min(second, 59), micro, tzinfo=_zone(found[8] or offset))
    except ValueError:
        return None


_LEAST = (0, 1, 1, 0, 0, 0)


def _zone(offset: object) -> timezone | None:
    found = _OFFSET.fullmatch(offset) if isinstance(offset, str) else None
    if not found:
        return None
    if found[1]:
        return UTC
    distance = timedelta(hours=int(found[3]), minutes=int(found[4]))
    return timezone(-distance if found[2] == "-" else distance) if distance <= timedelta(hours=14) else None


def _from_exif(exif: Exif, value: object, fraction: int, offset: int) -> datetime | None:
    return moment(value, exif.photo.get(fraction), exif.photo.get(offset))


def _from_xmp(xmp: Properties, *names: str) -> datetime | None:
    return next((found for name in names for text in xmp.get(name, ()) if (found := moment(text))), None)


def _from_iptc(iptc: Records, date_name: str, time_name: str) -> datetime | None:
    day = _IPTC_DATE.match(iptc.get(date_name, [""])[0])
    clock = _IPTC_TIME.match(iptc.get(time_name, [""])[0])
    if not day:
        return None
    text = "-".join(day.groups())
    return moment(f"{text} {clock[1]}:{clock[2]}:{clock[3]}{clock[4] or ''}" if clock else text) or moment(text)


def _from_gps(exif: Exif) -> datetime | None:
    """The GPS clock: a date (tag 29) and hours, minutes and seconds (tag 7)."""
    day, clock = moment(exif.gps.get(29)), exif.gps.get(7)
    if not day or not isinstance(clock, tuple) or len(clock) != 3:
        return None
    hours, minutes, seconds = (number(part) for part in clock)
    if hours is None or minutes is None or seconds is None or not 0 <= hours < 24:
        return None
    midnight = datetime.combine(date(day.year, day.month, day.day), time(), UTC)
    try:
        return midnight + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None


def proven_zone(local: datetime, satellite: datetime) -> timezone | None:
    """The UTC offset that the GPS clock proves; `None` if it proves none.

    A receiver may report a fix that is minutes old, so the difference counts only where it is within 15 seconds of a
    whole half hour, which a stale fix meets once in sixty times.
    """
    difference = (local - satellite.replace(tzinfo=None)).total_seconds()
    offset = round(difference / 1800) * 1800
    if abs(difference - offset) > 15 or not -12 * 3600 <= offset <= 14 * 3600:
        return None
    return timezone(timedelta(seconds=offset))
