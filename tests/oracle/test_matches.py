"""The oracle's matching, against examples worked out by hand from the docstrings of the tree."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from fototeca.engine.documents import Document
from fototeca.query.expressions import (
    All,
    And,
    Box,
    Count,
    Exists,
    Expression,
    How,
    Ids,
    Match,
    Near,
    Not,
    Nothing,
    Or,
    Polygon,
    Prefix,
    Range,
    Under,
    Wildcard,
)
from tests.oracle.matching import distance, matches

CAMERA_CLOCK = datetime(2023, 6, 1, 1, 0, tzinfo=timezone(timedelta(hours=2)))
DOCUMENT = Document(
    7,
    {
        "id": 7,
        "title": "Café Große",
        "tag": ["Red", "red", "blue"],
        "description": "Red shoes, in Tokyo 東京",
        "folder": "trips/2023",
        "rating": 3,
        "bytes": 2**53 + 1,
        "duration": 1.5,
        "favorite": False,
        "taken": CAMERA_CLOCK,
        "gps": (48.2, 16.3),
        "city": "",
        "metadata.size": 3,
        "metadata.code": "3",
        "metadata.done": True,
        "metadata.said": "true",
        "metadata.list": ["3", "x"],
    },
    {"asset": np.array([[1, 0]], np.float16)},
)
JUNE = datetime(2023, 6, 1)

YES: tuple[Expression, ...] = (
    All(),
    And(()),
    Not(Nothing()),
    Or((Nothing(), All())),
    Ids((3, 7)),
    Match("title", "cafe grosse"),
    Match("title", "Café Große", How.EXACT),
    Match("title", "GROSSE", How.PHRASE),
    Match("description", "shoes in", How.PHRASE),
    Match("description", "東京", How.PHRASE),
    Match("description", "tokyo shoe", How.WORDS),
    Match("tag", "red blue", How.WORDS),
    Match("text", "trips cafe blue", How.WORDS),
    Match("text", "trips 2023", How.PHRASE),
    Match("folder", "TRIPS/2023"),
    Match("rating", 3.0),
    Match("favorite", value=False),
    Match("taken", datetime(2023, 6, 1, 1, 0)),
    Match("metadata.size", 3.0),
    Match("metadata.code", 3),
    Match("metadata.list", 3),
    Match("metadata.done", value=True),
    Match("metadata.said", value=True),
    Match("tags", "RED"),
    Range("rating", 3, 3),
    Range("rating"),
    Range("title", "C", "D"),
    Range("bytes", 2**53, include_low=False),
    Range("taken", JUNE, datetime(2023, 6, 1, 1, 0, tzinfo=UTC)),
    Range("metadata.size", 2),
    Prefix("title", "CAFE"),
    Prefix("title", "Café", folded=False),
    Prefix("description", "TOK", folded=False),
    Prefix("text", "gro"),
    Prefix("city", "") | Prefix("title", ""),
    Wildcard("title", "c*gross?"),
    Wildcard("description", "s*s"),
    Wildcard("folder", "trips?2*"),
    Exists("favorite"),
    Exists("folder"),
    Exists("vector.asset"),
    Count("tag", "red", 2, 2),
    Count("tag", "red", 1, 1, How.EXACT),
    Count("tag", None, 3),
    Count("object", "dog", 0, 0),
    Under("folder", ""),
    Under("folder", "trips"),
    Under("folder", "trips/2023"),
    Near("gps", 48.2, 16.4, 8_000),
    Box("gps", 48, 16, 49, 17),
    Box("gps", 48, 170, 49, 20),
    Polygon("gps", ((48, 16), (49, 16.3), (48, 17))),
    Polygon("gps", ((48, 16), (49, 16), (49, -170), (48, -170))),
)
NO: tuple[Expression, ...] = (
    Nothing(),
    Or(()),
    Not(All()),
    And((All(), Nothing())),
    Ids(()),
    Match("title", "cafe"),
    Match("title", "cafe grosse", How.EXACT),
    Match("title", "cafe ...", How.EXACT),
    Match("title", "...", How.PHRASE),
    Match("title", "...", How.WORDS),
    Match("title", "GROSS", How.PHRASE),
    Match("description", "in shoes", How.PHRASE),
    Match("tag", "red blue", How.PHRASE),
    Match("text", "red trips", How.PHRASE),
    Match("text", "holiday", How.WORDS),
    Match("city", "", How.EXACT),
    Match("folder", "trips"),
    Match("folder", ""),
    Match("bytes", float(2**53)),
    Match("favorite", value=True),
    Match("trashed", JUNE),
    Match("metadata.size", "3"),
    Match("metadata.done", 1),
    Match("metadata.code", 3.0),
    Range("rating", 3, 3, include_high=False),
    Range("trashed"),
    Range("title", "c"),
    Range("taken", datetime(2023, 6, 1, 1, 1, tzinfo=UTC)),
    Range("metadata.code", 2),
    Range("metadata.done", 0),
    Prefix("title", "cafe", folded=False),
    Prefix("description", "red shoes"),
    Prefix("city", ""),
    Wildcard("title", "c*gross"),
    Wildcard("title", r"cafe\*"),
    Exists("city"),
    Exists("vector.face"),
    Count("tag", "red", 3),
    Count("object", None, 1),
    Under("folder", "trip"),
    Under("folder", "trips/2023/06"),
    Near("gps", 48.2, 16.4, 7_000),
    Near("gps", 0, 0, 1_000),
    Box("gps", 48, 17, 49, 20),
    Box("gps", 48, 170, 49, 10),
    Polygon("gps", ((48, 16), (48.1, 16.3), (48, 17))),
    Polygon("gps", ((48, 170), (49, 170), (49, -170), (48, -170))),
)


@pytest.mark.parametrize("expression", YES, ids=repr)
def test_it_matches(expression: Expression) -> None:
    assert matches(expression, DOCUMENT)


@pytest.mark.parametrize("expression", NO, ids=repr)
def test_it_does_not_match(expression: Expression) -> None:
    assert not matches(expression, DOCUMENT)


def test_a_document_without_a_folder_is_in_the_root() -> None:
    root = Document(1, {})
    assert matches(Match("folder", ""), root)
    assert matches(Under("folder", ""), root)
    assert not matches(Exists("folder") | Under("folder", "a") | Match("folder", "a"), root)


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("", "x", False),
        ("*", "x", True),
        ("**", "x", True),
        ("?", "x", True),
        ("?", "xy", False),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "a-c-b", False),
        (r"\?", "?", True),
        (r"\?", "x", False),
        (r"a\\", "a\\", True),
        ("a\\", "a\\", True),
        ("É*", "été", True),
        ("\uff1f", "x", False),
        ("\uff1f", "?", True),
    ],
)
def test_patterns(pattern: str, text: str, fits: bool) -> None:
    assert matches(Wildcard("title", pattern), Document(1, {"title": text})) == fits


def test_a_quarter_of_the_earth_is_a_quarter_of_its_circumference() -> None:
    assert distance(0, 0, 90, 0) == pytest.approx(math.pi / 2 * 6_371_008.8)
    assert distance(0, 179, 0, -179) == pytest.approx(math.radians(2) * 6_371_008.8)
