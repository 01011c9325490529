import math
from itertools import pairwise
from operator import itemgetter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fototeca.engine.arrays import Rows
from fototeca.engine.text import K1, B, TextIndex, Texts
from fototeca.query.expressions import Query, Text
from fototeca.query.words import stem, tokens
from tests.engine.samples import doc, index_of
from tests.query.strategies import examples


@pytest.fixture
def index() -> TextIndex:
    return TextIndex.build(
        {
            "title": Texts(int32(0, 1, 2), int32(0, 1, 2), ["Dog", "a dog, old dog (red)", "..."]),
            "tag": Texts(int32(0, 0, 0, 3), int32(2, 0, 3, 1), ["-", "CAT", "old dog", "red dogs"]),
            "ocr": Texts(int32(2), int32(0), ["?!"]),
        }
    )


def int32(*rows: int) -> Rows:
    return np.array(rows, np.int32)


def again(index: TextIndex) -> TextIndex:
    return TextIndex.restore(index.fields, index.arrays())


def stems_of(index: TextIndex) -> list[str]:
    stems, stem_of = index.stems
    return [stems[at] for at in stem_of]


EVERYWHERE = {"tag": 1.0, "title": 1.0}


@examples(200)
@given(
    st.dictionaries(
        st.sampled_from(["title", "tag", "ocr"]),
        st.lists(st.tuples(st.integers(0, 4), st.one_of(st.text(max_size=8), st.sampled_from(["a", "-", "b Á"])))),
    )
)
def test_each_unit_holds_the_tokens_of_its_texts(given_texts: dict[str, list[tuple[int, str]]]) -> None:
    expected: dict[tuple[int, str], list[str]] = {}
    ordered = {name: sorted(pairs, key=itemgetter(0)) for name, pairs in given_texts.items()}
    for name, pairs in ordered.items():
        for row, text in pairs:
            if found := tokens(text):
                unit = expected.setdefault((row, name), [])
                unit += ["", *found] if unit else found
    texts = {}
    for name, pairs in ordered.items():
        distinct = list({text for _, text in pairs})
        codes = int32(*(distinct.index(text) for _, text in pairs))
        texts[name] = Texts(int32(*(row for row, _ in pairs)), codes, distinct)
    built = TextIndex.build(texts)
    words = [built.vocabulary[code] for code in built.tokens]
    starts = built.starts.tolist()
    units = zip(built.unit_rows.tolist(), [built.fields[at] for at in built.unit_fields], strict=True)
    assert [(unit, words[a:b]) for unit, (a, b) in zip(units, pairwise(starts), strict=True)] == sorted(
        expected.items()
    )
    assert built.fields == sorted({name for _, name in expected})
    assert list(built.vocabulary) == sorted({"", *words})
    assert stems_of(built) == [stem(word) for word in built.vocabulary]


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
    other = TextIndex.build({"description": Texts(int32(0), int32(0), ["dogs bark"])})
    targets = [np.array([-1, 2, 1, 0], np.int32), np.array([1], np.int32)]
    merged = TextIndex.merge([index, other], targets)
    whole = TextIndex.build(
        {
            "tag": Texts(int32(0), int32(0), ["cat"]),
            "description": Texts(int32(1), int32(0), ["dogs bark"]),
            "title": Texts(int32(2), int32(0), ["a dog old dog red"]),
        }
    )
    assert list(merged.vocabulary) == list(whole.vocabulary)
    assert merged.unit_rows.tolist() == whole.unit_rows.tolist()
    assert [merged.fields[f] for f in merged.unit_fields] == [whole.fields[f] for f in whole.unit_fields]
    assert merged.tokens.tolist() == whole.tokens.tolist()
    assert merged.codes_of_stem("dog") == whole.codes_of_stem("dog")
    assert stems_of(merged) == stems_of(whole)


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
