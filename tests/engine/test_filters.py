"""Each expression over hand-made documents; the oracle's random tests go through all combinations."""

from datetime import UTC, datetime

import pytest

from fototeca.engine import Index
from fototeca.errors import QueryError
from fototeca.query.expressions import (
    Box,
    Count,
    Exists,
    Expression,
    How,
    Match,
    Near,
    Polygon,
    Prefix,
    Range,
    Under,
    Value,
    Wildcard,
)
from tests.engine.samples import at, doc, ids, index_of


@pytest.fixture(scope="module")
def index() -> Index:
    return index_of(
        doc(1, {"clip": [[1, 0]]}, title="Old Dogs", tag=["Été", "x", "x"], folder="a", width=100, split=["red train"]),
        doc(2, title="Dog, old", description="an old dog barks", tag=["ete"], folder="a/b", width=200, favorite=True),
        doc(
            3,
            filename="IMG_12.jpg",
            folder="ab",
            taken=at(2024, 5, 1, 10),
            gps=(0.0, 179.5),
            metadata__n=[3, "x"],
        ),
        doc(4, filename="img_12.JPG", gps=(0.0, -179.5), metadata__n="3", metadata__flag=True, split=["val", "train"]),
    )


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Match("tag", "ÉTÉ"), [1, 2]),
        (Match("tag", "ete", How.EXACT), [2]),
        (Match("tags", "x"), [1]),
        (Match("title", "old dog", How.WORDS), [1, 2]),
        (Match("title", "old dogs", How.PHRASE), [1]),
        (Match("title", "...", How.WORDS), []),
        (Match("text", "bark ete", How.WORDS), [2]),
        (Match("description", "old dog", How.PHRASE), [2]),
        (Match("split", "val trains", How.WORDS), [4]),
        (Match("split", "red train", How.PHRASE), [1]),
        (Match("folder", ""), [4]),
        (Match("folder", "a"), [1]),
        (Match("width", 100.0), [1]),
        (Match("width", 100.5), []),
        (Match("favorite", value=True), [2]),
        (Match("taken", datetime(2024, 5, 1, 10, tzinfo=UTC)), [3]),
        (Match("metadata.n", 3), [3, 4]),
        (Match("metadata.n", 3.0), [3]),
        (Match("metadata.n", "3"), [4]),
        (Match("metadata.flag", value=True), [4]),
        (Match("metadata.flag", 1), []),
        (Range("width", 100, 200, include_low=False), [2]),
        (Range("width"), [1, 2]),
        (Range("title", "Dog", "E"), [2]),
        (Range("tag", "y"), [1]),
        (Range("metadata.n", 2, 4), [3]),
        (Range("metadata.n", high=10), [3]),
        (Range("metadata.n", "0", "5"), [4]),
        (Range("metadata.flag"), [4]),
        (Prefix("filename", "img_"), [3, 4]),
        (Prefix("filename", "IMG_", folded=False), [3]),
        (Prefix("description", "BAR"), [2]),
        (Prefix("metadata.n", "", folded=False), [3, 4]),
        (Wildcard("filename", "*12.jpg"), [3, 4]),
        (Wildcard("filename", "*12.jpg", folded=False), [3]),
        (Wildcard("text", "do?s"), [1]),
        (Wildcard("description", "*"), [2]),
        (Exists("gps"), [3, 4]),
        (Exists("folder"), [1, 2, 3]),
        (Exists("vector.clip"), [1]),
        (Exists("vector.other"), []),
        (Exists("text"), [1, 2, 3, 4]),
        (Count("tag", "x", low=2), [1]),
        (Count("tag", None, low=1), [1, 2]),
        (Count("tag", "x", high=0), [2, 3, 4]),
        (Count("split", "trained", low=1, how=How.WORDS), [1, 4]),
        (Count("person", None, high=0), [1, 2, 3, 4]),
        (Under("folder", "a"), [1, 2]),
        (Under("folder", ""), [1, 2, 3, 4]),
        (Near("gps", 0, 180, 56_000), [3, 4]),
        (Near("gps", 0, 180, 55_000), []),
        (Box("gps", -1, 179, 1, -179), [3, 4]),
        (Box("gps", -1, 0, 1, 179.5), [3]),
        (Polygon("gps", ((-1, 179), (1, 179), (1, -179), (-1, -179))), [3, 4]),
        (Polygon("gps", ((-1, 179), (1, 179), (0, 180))), [3]),
        (Polygon("gps", ((-1, 0), (1, 0), (1, 179), (-1, 179))), []),
    ],
    ids=repr,
)
def test_who_matches(index: Index, where: Expression, expected: list[int]) -> None:
    assert ids(index, where) == expected
    assert ids(index, ~where) == sorted({1, 2, 3, 4} - set(expected))


@pytest.mark.parametrize(
    ("where", "says"),
    [
        (Match("tgas", "x"), "tag"),
        (Match("description", "x"), "words"),
        (Match("width", "x"), "number"),
        (Match("width", value=True), "number"),
        (Match("width", float("nan")), "number"),
        (Match("width", 1 << 5000), "number"),
        (Match("favorite", 1), "true or false"),
        (Match("taken", "2024"), "date"),
        (Match("title", 3), "text"),
        (Match("metadata.n", at(2024, 1, 1)), "text"),
        (Match("gps", "x"), "gps"),
        (Range("favorite", low=True), "ranges"),
        (Range("description", "a"), "ranges"),
        (Range("metadata.n", 1, "2"), "both"),
        (Range("metadata.n", low=False), "both"),
        (Prefix("width", "1"), "prefixes"),
        (Wildcard("taken", "*"), "wildcards"),
        (Count("title", "x"), "one value"),
        (Under("title", "x"), "path"),
        (Near("title", 0, 0, 1), "position"),
        (Near("gps", 0, 0, float("inf")), "finite"),
        (Box("gps", float("nan"), 0, 1, 1), "finite"),
        (Polygon("gps", ((0, 0), (0, 1), (float("nan"), 1))), "beyond"),
        (Polygon("gps", ((0, 0), (0, 1))), "corners"),
        (Polygon("gps", ((0, 0),) * 257), "corners"),
        (Polygon("gps", ((80, 0), (80, 120), (80, -120))), "pole"),
        (Polygon("title", ((0, 0), (0, 1), (1, 1))), "position"),
    ],
    ids=repr,
)
def test_who_is_refused(index: Index, where: Expression, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        ids(index, where)


@pytest.mark.parametrize("value", [2**70, -(2**70), float("inf"), 1e300])
def test_numbers_beyond_the_column_are_compared(index: Index, value: Value) -> None:
    assert ids(index, Match("width", value)) == []
    assert ids(index, Range("width", high=value)) == ([1, 2] if float(str(value)) > 0 else [])
