"""One definition of words for everybody."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fototeca.query.words import BREAK, fold, stem, tokens, tokens_of_all
from tests.query.strategies import examples


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Beach", "beach"),
        ("CAFÉ", "cafe"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("Ελλάδα", "ελλαδα"),
        ("\uff26\uff55\uff4c\uff4c", "full"),
        ("ﬁsh", "fish"),
        ("が", "が"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IMG_1234 Große-Straße.JPG", ["img", "1234", "grosse", "strasse", "jpg"]),
        ("東京タワー", ["東", "京", "タ", "ワ", "ー"]),
        ("RE16 TGK", ["re16", "tgk"]),
        ("- & 🎉", []),
        ("", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_stem() -> None:
    assert stem("beaches") == stem("beach") == "beach"
    assert stem("1234") == "1234"


WORDS = st.sampled_from(
    ["Beach", "CAFÉ", "が", "か\u3099", "\u3099", "e\u0301\u0323", "東京", "ﬁsh", "\u0301", "Σς", "ᄀ", "ᅡ"]
)
TEXTS = st.one_of(
    st.text(st.characters()), st.lists(st.one_of(WORDS, st.sampled_from([" ", "_", BREAK, "\x1c", "1"]))).map("".join)
)


@examples(500)
@given(st.lists(st.one_of(TEXTS, st.text(st.characters(codec="ascii")))))
def test_texts_are_split_together_as_one_by_one(texts: list[str]) -> None:
    expected = [BREAK]
    for text in texts:
        expected += [*tokens(text), BREAK]
    assert tokens_of_all(texts) == expected


@examples(500)
@given(TEXTS)
def test_what_is_folded_has_no_marks_but_those_of_kana(text: str) -> None:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in decomposed if c in "\u3099\u309a" or not unicodedata.combining(c))
    assert fold(text) == unicodedata.normalize("NFKC", kept).casefold()


def test_the_break_is_no_token_and_stands_before_all_tokens() -> None:
    assert tokens(f"{BREAK}a{BREAK}") == ["a"]
    assert min("0", "a", "東", BREAK) == BREAK


@examples(300)
@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@examples(300)
@given(st.text())
def test_tokens_are_folded_and_whole(text: str) -> None:
    found = tokens(text)
    assert tokens(" ".join(found)) == found
    assert found == tokens(fold(text))
    assert all(token and token == fold(token) for token in found)


@examples(200)
@given(st.text(), st.text())
def test_a_space_always_separates(left: str, right: str) -> None:
    assert tokens(f"{left} {right}") == tokens(left) + tokens(right)
