from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from fototeca.http.ranges import Span, Unsatisfiable, http_date, not_modified, wanted

ETAG = '"abc"'
MODIFIED = datetime(2026, 5, 1, 10, 0, 0, 123456, tzinfo=UTC)


def asked(size: int, **headers: str) -> Span | None:
    return wanted(Headers({name.replace("_", "-"): value for name, value in headers.items()}), size, ETAG, MODIFIED)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("bytes=0-99", Span(0, 100)),
        ("bytes=0-0", Span(0, 1)),
        ("bytes=990-", Span(990, 1000)),
        ("bytes=990-5000", Span(990, 1000)),
        ("bytes=-10", Span(990, 1000)),
        ("bytes=-5000", Span(0, 1000)),
        ("Bytes=0-9", Span(0, 10)),
        ("bytes=0-9,20-29", None),
        ("bytes=9-0", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("bytes", None),
        ("items=0-9", None),
        ("bytes=0-" + "9" * 30, None),
    ],
)
def test_a_range_is_read_as_the_rfc_says(text: str, span: Span | None) -> None:
    assert asked(1000, range=text) == span


@pytest.mark.parametrize("text", ["bytes=1000-", "bytes=1000-2000", "bytes=-0"])
def test_a_range_behind_the_end_cannot_be_satisfied(text: str) -> None:
    with pytest.raises(Unsatisfiable):
        asked(1000, range=text)


@given(st.text() | st.from_regex(r"bytes=\d*-\d*", fullmatch=True), st.integers(0, 10_000))
def test_every_answer_lies_in_the_file(text: str, size: int) -> None:
    try:
        span = wanted(Headers(raw=[(b"range", text.encode("latin-1", "replace"))]), size, ETAG, MODIFIED)
    except Unsatisfiable:
        return
    assert span is None or 0 <= span.start < span.end <= size


@pytest.mark.parametrize(
    ("condition", "holds"),
    [(ETAG, True), ('"other"', False), ('W/"abc"', False), (http_date(MODIFIED), True), ("Thu, 01 Jan 1970", False)],
)
def test_if_range_asks_for_the_whole_when_the_file_is_another(condition: str, holds: bool) -> None:
    assert asked(1000, range="bytes=0-9", if_range=condition) == (Span(0, 10) if holds else None)


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ({}, False),
        ({"if-none-match": ETAG}, True),
        ({"if-none-match": '"x", W/"abc"'}, True),
        ({"if-none-match": "*"}, True),
        ({"if-none-match": '"abcd"'}, False),
        ({"if-none-match": "abc"}, False),
        ({"if-modified-since": http_date(MODIFIED)}, True),
        ({"if-modified-since": http_date(MODIFIED - timedelta(seconds=1))}, False),
        ({"if-modified-since": "yesterday"}, False),
        ({"if-none-match": '"other"', "if-modified-since": http_date(MODIFIED)}, False),
    ],
)
def test_not_modified(headers: dict[str, str], fresh: bool) -> None:
    assert not_modified(Headers(headers), ETAG, MODIFIED) is fresh
