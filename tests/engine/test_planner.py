import pytest
from pyroaring import BitMap

from fototeca.engine import planner
from fototeca.engine.planner import plan
from fototeca.errors import LimitExceeded
from fototeca.query.expressions import All, And, Expression, Ids, Match, Not, Nothing, Or, Range
from tests.engine.samples import doc, segment

SEGMENT = segment(*(doc(i, width=i, title=f"t{i % 2}", tag=["x"] * (i % 3)) for i in range(1, 11)))


def matching(where: Expression) -> list[int]:
    return [int(SEGMENT.ids[row]) for row in plan(where).select(SEGMENT)]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (All(), list(range(1, 11))),
        (Nothing(), []),
        (And(()), list(range(1, 11))),
        (Or(()), []),
        (And((Range("width", 4), Match("title", "t1"))), [5, 7, 9]),
        (And((Range("width", 4), Not(Match("title", "t1")))), [4, 6, 8, 10]),
        (And((Not(Range("width", 4)), Not(Match("tag", "x")))), [3]),
        (Or((Match("width", 1), Match("width", 10), Nothing())), [1, 10]),
        (Not(Or((Range("width", 2), Nothing()))), [1]),
        (Ids((3, 99, -1, 3, 2**70)), [3]),
    ],
)
def test_structure(where: Expression, expected: list[int]) -> None:
    assert matching(where) == expected


def test_the_rarest_part_is_asked_first_and_nothing_after_an_empty_one() -> None:
    filters = plan(And((Range("width", 1), Match("title", "nowhere"), Match("title", "t1"))))
    assert filters.select(SEGMENT) == BitMap()
    told = filters.explain([SEGMENT])
    assert [part["found"] for part in told["parts"]] == [0, 0, 0]
    assert [part["estimated"] for part in told["parts"]] == [10, 0, 5]
    assert told["estimated"] >= told["found"] == 0


def test_what_is_kept_is_not_changed() -> None:
    first = matching(Match("title", "t1"))
    matching(And((Match("title", "t1"), Match("width", 1))))
    matching(Or((Match("title", "t1"), Match("width", 2))))
    assert matching(Match("title", "t1")) == first


def test_limits() -> None:
    deep: Expression = All()
    for _ in range(planner.MAX_DEPTH + 1):
        deep = Not(deep)
    for where in (deep, Or((All(),) * planner.MAX_NODES), Ids(tuple(range(planner.MAX_IDS + 1)))):
        with pytest.raises(LimitExceeded):
            plan(where)
