"""Subtrees answer what one question for each folder would."""

from __future__ import annotations

import random

import pytest

from fototeca.engine import Delete, Index, Subtree, Upsert
from fototeca.errors import QueryError
from fototeca.query.expressions import All, And, Expression, Match, Page, Query, Range, Sort, Under
from tests.engine.samples import doc, index_of

_FOLDERS = ("", "a", "a/b", "a/b/c", "a b", "a-", "ab", "ab/c", "é", "é/b")
_NEWEST = (Sort("width", descending=True), Sort("id", descending=True))


@pytest.fixture(scope="module", params=[True, False], ids=["one segment", "many segments"])
def index(request: pytest.FixtureRequest) -> Index:
    chance = random.Random(7)
    documents = [
        doc(number, folder=chance.choice(_FOLDERS), width=chance.choice((1, 2, 3, None)), tag=[chance.choice("xyz")])
        for number in range(1, 200)
    ]
    index = index_of(*documents, together=request.param)
    index.apply([Delete(number) for number in range(1, 200, 9)], 1_000)
    index.apply([Upsert(doc(500, folder="new", width=9))], 1_001)
    return index


@pytest.mark.parametrize("where", [All(), Match("tag", "x"), Range("width", 2), Match("tag", "nothing")], ids=str)
@pytest.mark.parametrize("sort", [(), _NEWEST, (Sort("width"),)], ids=str)
def test_each_folder_is_answered_as_a_question_of_its_own(
    index: Index, where: Expression, sort: tuple[Sort, ...]
) -> None:
    paths = [*_FOLDERS, "new", "nowhere", "a/b/c/d"]
    expected = {}
    for path in paths:
        answer = index.search(Query(And((where, Under("folder", path))), sort=sort, page=Page(3)))
        expected[path] = Subtree(answer.total, answer.ids)
    assert index.subtrees(where, paths, sort, 3) == expected
    assert {path: found.count for path, found in index.subtrees(where, paths).items()} == {
        path: found.count for path, found in expected.items()
    }


def test_nothing_is_told_of_documents_that_are_not_asked_for(index: Index) -> None:
    assert index.subtrees(All(), ["a"])["a"].ids == []
    assert index.subtrees(All(), []) == {}


def test_an_index_without_folders_has_nothing_below_one() -> None:
    assert index_of(doc(1), doc(2)).subtrees(All(), ["a", ""], (), 1) == {"a": Subtree(0, []), "": Subtree(2, [2])}


def test_a_wrong_question_is_refused(index: Index) -> None:
    with pytest.raises(QueryError):
        index.subtrees(Match("colr", "red"), ["a"])
    with pytest.raises(QueryError):
        index.subtrees(All(), ["a"], (Sort("tag"), Sort("nothing")), 1)
