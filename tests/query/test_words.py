"""One definition of words for everybody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fototeca.query.words import fold, stem, tokens
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
