"""Numbers with units and dates, as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from fototeca.query import Match, Range, parse, parse_expression

NOW = datetime(2024, 3, 31, 15, 30, 10, 5)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("bytes:10", 10),
        ("bytes:10b", 10),
        ("bytes:10kb", 10_000),
        ("bytes:2MB", 2_000_000),
        ("bytes:2.3m", 2_300_000),
        ("size:1.5GiB", 3 * 2**29),
        ('size:"1 KiB"', 1024),
        ("size:1T", 10**12),
        ("pixels:12mp", 12_000_000),
        ("width:640px", 640),
        ("rating:-1", -1),
        ("id:9223372036854775807", 2**63 - 1),
        ("iso:1e3", 1000),
    ],
)
def test_whole_numbers_are_equal_or_not(text: str, value: int) -> None:
    assert parse_expression(text) == Match(parse_field(text), value)


def parse_field(text: str) -> str:
    return {"size": "bytes", "f": "aperture", "ratio": "aspect", "shutter": "exposure"}.get(
        name := text.partition(":")[0], name
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("duration=90", 90),
        ("duration=1m30s", 90),
        ("duration=2h", 7200),
        ("duration=1h1min1s", 3661),
        ("duration=500ms", 0.5),
        ("exposure=1/250", 0.004),
        ("exposure=1/250s", 0.004),
        ("focal=50mm", 50),
        ("aperture=f/2.8", 2.8),
        ("aperture=f2.8", 2.8),
        ("aperture=2.8", 2.8),
        ("aspect=16:9", 1.777778),
        ("aspect=16/9", 1.777778),
        ("aspect=3x2", 1.5),
        ("altitude=-3.5m", -3.5),
        ("altitude=1km", 1000),
        ("sharpness=.5", 0.5),
    ],
)
def test_the_equals_sign_is_exact_for_measured_numbers(text: str, value: float) -> None:
    assert parse_expression(text) == Match(text.partition("=")[0], value)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("aspect:16:9", 1.768889, 1.786667),
        ("aspect:square", 0.995, 1.005),
        ("exposure:1/100", 0.0099, 0.0101),
        ("focal:50", 49.75, 50.25),
        ("altitude:-100", -100.5, -99.5),
        ("duration:0", 0, 0),
    ],
)
def test_the_colon_allows_for_measurement(text: str, low: float, high: float) -> None:
    assert parse_expression(text) == Range(text.partition(":")[0], low, high)


def test_every_picture_is_landscape_portrait_or_square() -> None:
    assert parse_expression("aspect:landscape") == Range("aspect", low=1.005, include_low=False)
    assert parse_expression("aspect:portrait") == Range("aspect", high=0.995, include_high=False)


def test_a_ratio_bound_includes_a_picture_of_exactly_that_ratio() -> None:
    bound = parse_expression("aspect<=16:9")
    assert isinstance(bound, Range)
    assert bound.high == round(1920 / 1080, 6)


def day(year: int, month: int = 1, day: int = 1, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second)


PERIODS: list[tuple[str, datetime, datetime]] = [
    ("2023", day(2023), day(2024)),
    ("2023-12", day(2023, 12), day(2024)),
    ("2023-06-01", day(2023, 6, 1), day(2023, 6, 2)),
    ("2023-06-01T12", day(2023, 6, 1, 12), day(2023, 6, 1, 13)),
    ("2023-06-01T12:30", day(2023, 6, 1, 12, 30), day(2023, 6, 1, 12, 31)),
    ('"2023-06-01 12:30:59"', day(2023, 6, 1, 12, 30, 59), day(2023, 6, 1, 12, 31)),
    ("2023-06-01T12:30Z", day(2023, 6, 1, 12, 30), day(2023, 6, 1, 12, 31)),
    ("2023-06-01T00:30+02:00", day(2023, 5, 31, 22, 30), day(2023, 5, 31, 22, 31)),
    ("2023-06-01T12:30-0330", day(2023, 6, 1, 16, 0), day(2023, 6, 1, 16, 1)),
    ("9999", day(9999), datetime.max),  # noqa: DTZ901 - the end of naive time
    ("9999-12-31", day(9999, 12, 31), datetime.max),  # noqa: DTZ901 - the end of naive time
    ("today", day(2024, 3, 31), day(2024, 4, 1)),
    ("yesterday", day(2024, 3, 30), day(2024, 3, 31)),
    ('"this week"', day(2024, 3, 25), day(2024, 4, 1)),
    ('"Last  Week"', day(2024, 3, 18), day(2024, 3, 25)),
    ('"this month"', day(2024, 3), day(2024, 4)),
    ('"last month"', day(2024, 2), day(2024, 3)),
    ('"this year"', day(2024), day(2025)),
    ('"last year"', day(2023), day(2024)),
]


@pytest.mark.parametrize(("text", "start", "end"), PERIODS)
def test_a_date_is_the_whole_period_it_names(text: str, start: datetime, end: datetime) -> None:
    def read(clause: str) -> Range:
        found = parse_expression(clause, now=NOW)
        assert isinstance(found, Range)
        return found

    assert read(f"taken:{text}") == read(f"taken={text}") == Range("taken", start, end, include_high=False)
    assert read(f"taken>={text}") == Range("taken", low=start)
    assert read(f"taken>{text}") == Range("taken", low=end)
    assert read(f"taken<{text}") == Range("taken", high=start, include_high=False)
    assert read(f"taken<={text}") == Range("taken", high=end, include_high=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("taken:[2023-06 TO 2023-08]", Range("taken", day(2023, 6), day(2023, 9), include_high=False)),
        ("taken:{2023-06 TO 2023-08}", Range("taken", day(2023, 7), day(2023, 8), include_high=False)),
        ("taken:2023-06..2023-08", Range("taken", day(2023, 6), day(2023, 9), include_high=False)),
        ('taken:["last week" TO *]', Range("taken", low=day(2024, 3, 18))),
        ("taken:2023..", Range("taken", low=day(2023))),
    ],
)
def test_date_ranges_hold_whole_periods(text: str, expected: Range) -> None:
    assert parse_expression(text, now=NOW) == expected


def test_a_fraction_of_a_second_names_a_moment() -> None:
    moment = day(2023).replace(microsecond=500_000)
    assert parse_expression("taken:2023-01-01T00:00:00.5") == Match("taken", moment)
    assert parse_expression("taken>2023-01-01T00:00:00.5") == Range("taken", moment, include_low=False)


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("12h", NOW - timedelta(hours=12)),
        ("7d", NOW - timedelta(days=7)),
        ("-7d", NOW - timedelta(days=7)),
        ("2w", NOW - timedelta(days=14)),
        ("1mo", NOW.replace(month=2, day=29)),
        ("4mo", NOW.replace(year=2023, month=11, day=30)),
        ("1y", NOW.replace(year=2023)),
    ],
)
def test_an_amount_of_time_counts_back_from_now(text: str, since: datetime) -> None:
    assert parse_expression(f"created:{text}", now=NOW) == Range("created", low=since)
    assert parse_expression(f"created>{text}", now=NOW) == Range("created", low=since, include_low=False)
    assert parse_expression(f"created<{text}", now=NOW) == Range("created", high=since, include_high=False)


def test_catalogue_times_count_in_utc_and_photo_times_on_the_callers_clock() -> None:
    now = datetime(2024, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=5)))
    assert parse_expression("created:today", now=now) == Range("created", day(2023, 12, 31), day(2024), True, False)
    assert parse_expression("taken:today", now=now) == Range("taken", day(2024), day(2024, 1, 2), True, False)


def test_now_is_the_current_time_by_default() -> None:
    before = datetime.now(UTC).replace(tzinfo=None)
    found = parse("created>1h").where
    assert isinstance(found, Range)
    assert isinstance(found.low, datetime)
    after = datetime.now(UTC).replace(tzinfo=None)
    assert before <= found.low + timedelta(hours=1) <= after
