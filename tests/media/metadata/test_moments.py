"""Which of a file's many dates is when it was taken, and in which zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fototeca.media.metadata.exif import Exif
from fototeca.media.metadata.moments import moment, moments, proven_zone


def local(*parts: int) -> datetime:
    """A time on the camera's clock, whose zone nobody knows."""
    return datetime(*parts)  # type: ignore[arg-type]


EAST = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023:02:01 10:30:00", local(2023, 2, 1, 10, 30)),
        ("2023:02:01 10:30:00\0", local(2023, 2, 1, 10, 30)),
        ("2023-02-01T10:30:00.25+02:00", datetime(2023, 2, 1, 10, 30, 0, 250_000, EAST)),
        ("2023-02-01T10:30Z", datetime(2023, 2, 1, 10, 30, tzinfo=UTC)),
        ("2023-02-01", local(2023, 2, 1)),
        ("2023-02", local(2023, 2, 1)),
        ("2023", local(2023, 1, 1)),
        ("2023:02:01 10:30:60", local(2023, 2, 1, 10, 30, 59)),
        ("0000:00:00 00:00:00", None),
        ("    :  :     :  :  ", None),
        ("2023:02:30 10:30:00", None),
        ("2023:02:01 25:00:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (20230201, None),
    ],
)
def test_moment(text: object, expected: datetime | None) -> None:
    assert moment(text) == expected


def test_parts_that_are_kept_apart() -> None:
    assert moment("2023:02:01 10:30:00", "017", "+02:00") == datetime(2023, 2, 1, 10, 30, 0, 17_000, EAST)
    assert moment("2023:02:01 10:30:00", "??", "+99:00") == local(2023, 2, 1, 10, 30)


@given(st.text(max_size=30) | st.from_regex(r"[0-9]{4}[:-][0-9]{2}[:-][0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}.{0,8}"))
def test_any_text_is_a_moment_or_none(text: str) -> None:
    assert moment(text, text, text) is None or isinstance(moment(text), datetime | None)


ORIGINAL, DIGITIZED, CHANGED = "2023:02:02 02:00:00", "2023:04:04 04:00:00", "2023:09:09 09:00:00"
GPS = {29: "2023:10:10", 7: (10.0, 0.0, 0.0)}
IPTC = {"DateCreated": ["20230707"], "TimeCreated": ["070000+0200"]}
XMP = {"exif:DateTimeOriginal": ["2023-05-05T05:00:00"], "photoshop:DateCreated": ["2023-06-06"]}


def exif(photo: dict[int, object] | None = None, gps: dict[int, object] | None = None) -> Exif:
    return Exif({0x0132: CHANGED}, photo or {}, gps or {})


def test_order_of_sources() -> None:
    both: dict[int, object] = {0x9003: ORIGINAL, 0x9004: DIGITIZED}
    late: dict[int, object] = {0x9004: DIGITIZED}
    gps: dict[int, object] = dict(GPS)
    assert moments(exif(both, gps), IPTC, XMP).taken == local(2023, 2, 2, 2)
    assert moments(exif(late, gps), IPTC, XMP).taken == local(2023, 5, 5, 5)
    assert moments(exif(late, gps), IPTC, {"photoshop:DateCreated": ["2023-06-06"]}).taken == local(2023, 6, 6)
    assert moments(exif(late, gps), IPTC, {}).taken == datetime(2023, 7, 7, 7, tzinfo=EAST)
    assert moments(exif(late, gps), {"TimeCreated": ["070000"]}, {}).taken == local(2023, 4, 4, 4)
    assert moments(exif(gps=gps), {}, {}).taken == datetime(2023, 10, 10, 10, tzinfo=UTC)
    assert moments(exif(), {}, {"exif:GPSTimeStamp": ["2023-11-15T12:30:00Z"]}).taken == datetime(
        2023, 11, 15, 12, 30, tzinfo=UTC
    )


def test_last_change_never_poses_as_taken() -> None:
    found = moments(exif(), {}, {})
    assert (found.taken, found.digitized, found.modified) == (None, None, local(2023, 9, 9, 9))


@pytest.mark.parametrize(
    ("seconds", "offset"),
    [(0, 0), (7200 + 9, 7200), (-5 * 3600 - 12, -5 * 3600), (19800, 19800), (7200 + 20, None), (15 * 3600, None)],
)
def test_gps_clock_proves_the_zone_only_if_it_fits(seconds: int, offset: int | None) -> None:
    satellite = datetime(2023, 10, 10, 10, tzinfo=UTC)
    zone = proven_zone(local(2023, 10, 10, 10) + timedelta(seconds=seconds), satellite)
    assert zone == (None if offset is None else timezone(timedelta(seconds=offset)))


def test_proven_zone_is_used() -> None:
    photo: dict[int, object] = {0x9003: "2023:10:10 12:00:05", 0x9004: "2023:10:10 12:00:05"}
    found = moments(exif(photo, dict(GPS)), {}, {})
    assert found.taken == found.digitized == datetime(2023, 10, 10, 12, 0, 5, tzinfo=EAST)
