import json
from base64 import urlsafe_b64encode

import pytest

from fototeca.engine import Delete, Upsert
from fototeca.engine.cursor import Position, _digest, decode, encode
from fototeca.errors import CursorError, QueryError
from fototeca.query.expressions import Facet, Match, Not, Page, Query, Sort, Text, Vector
from tests.engine.samples import at, doc, index_of

QUERY = Query(where=Match("tag", "x"), sort=(Sort("width"), Sort("metadata.k")))


@pytest.mark.parametrize(
    "position",
    [
        Position((None, "é\ud800"), 3),
        Position((2**62, (1, 2**70)), 2**60),
        Position((-1.5, (0, True)), 1),
        Position((float("inf"), (2, "")), 1),
    ],
)
def test_a_cursor_gives_back_its_position(position: Position) -> None:
    text = encode(position, QUERY)
    assert decode(text, QUERY) == position
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


@pytest.mark.parametrize(
    "other",
    [
        Query(where=Match("tag", "y"), sort=QUERY.sort),
        Query(where=QUERY.where, sort=(Sort("width"),)),
        Query(where=QUERY.where, sort=QUERY.sort, rank=Text("x")),
        Query(where=QUERY.where, sort=QUERY.sort, min_relevance=0.1),
        Query(where=QUERY.where, sort=QUERY.sort, keep_unranked=True),
    ],
)
def test_a_cursor_of_another_query_is_refused(other: Query) -> None:
    with pytest.raises(CursorError):
        decode(encode(Position((1, None), 1), QUERY), other)


def test_facets_and_limits_may_change_between_pages() -> None:
    same = Query(QUERY.where, None, QUERY.sort, (Facet("tag"),), Page(3), explain=True)
    assert decode(encode(Position((1, None), 1), QUERY), same).id == 1


def forged(*values: object) -> str:
    payload = json.dumps(values).encode()
    return urlsafe_b64encode(_digest(payload, QUERY) + payload).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "é",
        "!!!!",
        "A" * 40,
        forged(),
        forged(1),
        forged(1, None, "x"),
        forged("x", None, 1),
        forged(True, None, 1),
        forged(2**64, None, 1),
        forged(1, [2, 1], 1),
        forged(1, [9, "x"], 1),
        forged(1, None, 2**70),
        forged(1, {}, 1),
    ],
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(CursorError):
        index_of(doc(1, tag=["x"])).search(Query(QUERY.where, sort=QUERY.sort, page=Page(cursor=text)))


def test_a_page_starts_at_a_cursor_or_at_an_offset() -> None:
    with pytest.raises(QueryError):
        index_of(doc(1)).search(Query(page=Page(cursor="x", offset=1)))


def test_a_walk_under_writes_shows_each_unchanged_document_once() -> None:
    index = index_of(*(doc(i, width=i % 10, created=at(2024, 1, 1)) for i in range(1, 101)))
    query = Query(where=Not(Match("title", "new")), sort=(Sort("width", descending=True),))
    seen: list[int] = []
    cursor, turn = None, 0
    while turn == 0 or cursor:
        found = index.search(Query(query.where, sort=query.sort, page=Page(limit=7, cursor=cursor)))
        seen += [hit.id for hit in found.hits]
        cursor, turn = found.cursor, turn + 1
        gone = 100 - turn if turn % 2 else turn
        index.apply([Delete(gone), Upsert(doc(1000 + turn, width=turn % 10, title="new"))], 1 + turn)
    deleted = {100 - t if t % 2 else t for t in range(1, turn + 1)}
    assert len(seen) == len(set(seen))
    assert set(seen) >= set(range(1, 101)) - deleted


def test_ranked_answers_can_be_walked_to_their_end() -> None:
    index = index_of(*(doc(i, {"s": [[i % 7, 1]]}, title=f"dog {i % 3}") for i in range(1, 60)), together=False)
    for rank in (Text("dog"), Vector.of("s", [1, 0])):
        whole = [hit.id for hit in index.search(Query(rank=rank, page=Page(100))).hits]
        walked: list[int] = []
        cursor = None
        while not walked or cursor:
            found = index.search(Query(rank=rank, page=Page(limit=9, cursor=cursor)))
            walked, cursor = walked + [hit.id for hit in found.hits], found.cursor
        assert walked == whole
