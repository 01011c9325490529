import math

import numpy as np
import pytest

from fototeca.engine.text import K1, B, TextIndex
from fototeca.query.expressions import Query, Text
from tests.engine.samples import doc, index_of


@pytest.fixture
def index() -> TextIndex:
    return TextIndex.build(
        [
            (0, "tag", [["old", "dog"], ["red", "dogs"]]),
            (0, "title", [["dog"]]),
            (1, "title", [["a", "dog", "old", "dog", "red"]]),
            (3, "tag", [["cat"]]),
        ]
    )


def again(index: TextIndex) -> TextIndex:
    return TextIndex.restore(index.fields, index.arrays())


EVERYWHERE = {"tag": 1.0, "title": 1.0}


def test_a_posting_says_how_often_a_word_stands_in_a_field(index: TextIndex) -> None:
    for text in (index, again(index)):
        told = text.postings
        rows, kinds = told.of_codes(text.codes_of_stem("dog"))
        found = [
            (row, text.fields[told.fields[kind]], told.times[kind], told.lengths[kind])
            for row, kind in zip(rows, kinds, strict=True)
        ]
        # "dog" and "dogs" are tokens of their own, so row 0 has a posting of each in its tags
        assert sorted(found) == [(0, "tag", 1, 4), (0, "tag", 1, 4), (0, "title", 1, 1), (1, "title", 2, 5)]
        assert rows.tolist() == sorted(rows.tolist())
        assert text.codes_of_stem("nowhere") == []
        assert text.lengths.tolist() == [4, 1, 5, 1]


def test_words_are_found_in_the_fields_asked_for(index: TextIndex) -> None:
    dogs = index.codes_of_stem("dog")
    assert set(index.rows_of_codes(dogs, EVERYWHERE).tolist()) == {0, 1}
    assert set(index.rows_of_codes(dogs, {"tag": 1.0}).tolist()) == {0}
    assert index.rows_of_codes(dogs, {"description": 1.0}).tolist() == []
    assert index.rows_of_codes([], EVERYWHERE).tolist() == []


def test_phrases_stay_within_a_value(index: TextIndex) -> None:
    for text in (index, again(index)):
        assert set(text.rows_of_phrase(["old", "dog"], EVERYWHERE).tolist()) == {0, 1}
        assert text.rows_of_phrase(["old", "dog"], {"title": 1.0}).tolist() == [1]
        assert text.rows_of_phrase(["dog", "red"], EVERYWHERE).tolist() == [1]
        assert text.rows_of_phrase(["dog", "old", "dog", "red"], EVERYWHERE).tolist() == [1]
        assert text.rows_of_phrase(["red", "a"], EVERYWHERE).tolist() == []
        assert text.rows_of_phrase(["dog", "nowhere"], EVERYWHERE).tolist() == []
        assert text.rows_of_phrase([], EVERYWHERE).tolist() == []


def test_ranges_of_tokens_never_reach_the_gap(index: TextIndex) -> None:
    assert set(index.rows_of_range(0, len(index.vocabulary), EVERYWHERE).tolist()) == {0, 1, 3}
    assert index.rows_of_range(0, 1, EVERYWHERE).tolist() == []


def test_lengths_of_rows_add_up(index: TextIndex) -> None:
    rest = index.totals - index.totals_of(np.array([0, 3], np.int32))
    assert dict(zip(index.fields, rest.tokens.tolist(), strict=True)) == {"tag": 0, "title": 5}
    assert dict(zip(index.fields, rest.units.tolist(), strict=True)) == {"tag": 0, "title": 1}


def test_merging_is_indexing_together(index: TextIndex) -> None:
    other = TextIndex.build([(0, "description", [["dogs", "bark"]])])
    targets = [np.array([-1, 2, 1, 0], np.int32), np.array([1], np.int32)]
    merged = TextIndex.merge([index, other], targets)
    whole = TextIndex.build(
        [
            (0, "tag", [["cat"]]),
            (1, "description", [["dogs", "bark"]]),
            (2, "title", [["a", "dog", "old", "dog", "red"]]),
        ]
    )
    assert list(merged.vocabulary) == list(whole.vocabulary)
    assert merged.unit_rows.tolist() == whole.unit_rows.tolist()
    assert [merged.fields[f] for f in merged.unit_fields] == [whole.fields[f] for f in whole.unit_fields]
    assert merged.tokens.tolist() == whole.tokens.tolist()
    assert merged.codes_of_stem("dog") == whole.codes_of_stem("dog")
    assert [merged.stems[i] for i in merged.stem_of] == [whole.stems[i] for i in whole.stem_of]


def test_scores_follow_the_formula() -> None:
    """Two searched fields of weight 3 (title) and 2 (description), worked out by hand."""
    index = index_of(
        doc(1, title="dog", description="a dog on a beach"),
        doc(2, title="old cat"),
        doc(3, description="three words here"),
    )
    hits = index.search(Query(rank=Text("dogs"))).hits
    in_title = 3 / (1 - B + B * 1 / 1.5)
    in_description = 2 / (1 - B + B * 5 / 4)
    weighed = in_title + in_description
    idf = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    assert [hit.id for hit in hits] == [1]
    assert hits[0].score == pytest.approx(idf * weighed / (K1 + weighed), abs=1e-6)
    assert hits[0].relevance == pytest.approx(weighed / (K1 + weighed), abs=1e-5)


def test_scores_do_not_depend_on_segments_or_on_what_was_deleted() -> None:
    kept = [doc(i, title=["dog", "old dog", "cat", "red dog dog"][i % 4], tag=["dog"] * (i % 3)) for i in range(1, 30)]
    gone = [doc(i, title="dog dog dog", description="dog") for i in range(100, 110)]
    from fototeca.engine import Delete

    scattered = index_of(*kept[::-1], *gone, together=False)
    scattered.apply([Delete(document.id) for document in gone], 100)
    query = Query(rank=Text("old dog", every=False))
    assert scattered.search(query).hits == index_of(*kept).search(query).hits
