"""Texts for the text tower."""

from __future__ import annotations

from pathlib import Path

import pytest

from fototeca.errors import ModelError
from fototeca.vision.tokens import Tokens, cleaned
from tests.vision.tiny_models import CONTEXT, WORDS, write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path) / "textual/tokenizer.json"


def test_rows_are_padded_to_the_context_length(path: Path) -> None:
    ids, mask = Tokens(path, context_length=CONTEXT, pad_token="</s>", clean="whitespace").encode(["a red dog", ""])
    assert ids.tolist() == [[1, 4, 5, 6, 2, 2], [1, 2, 2, 2, 2, 2]]
    assert mask.tolist() == [[1, 1, 1, 1, 1, 0], [1, 1, 0, 0, 0, 0]]


@pytest.mark.parametrize("pad_token", [None, "not in the vocabulary"])
def test_without_a_padding_token_zeros_are_used(path: Path, pad_token: str | None) -> None:
    ids, _ = Tokens(path, context_length=4, pad_token=pad_token, clean="whitespace").encode(["dog"])
    assert ids.tolist() == [[1, 6, 2, 0]]


def test_a_text_too_long_keeps_its_closing_token(path: Path) -> None:
    ids, mask = Tokens(path, context_length=CONTEXT, pad_token="<pad>", clean="whitespace").encode(["dog " * 1000])
    assert ids.tolist() == [[1, 6, 6, 6, 6, 2]]
    assert mask.sum() == CONTEXT


def test_texts_are_cleaned_as_the_model_asks(path: Path) -> None:
    row = Tokens(path, context_length=CONTEXT, pad_token=None, clean="canonicalize").encode(["A  RED_dog!"])[0][0]
    assert [WORDS[token] for token in row] == ["<s>", "a", "red", "dog", "</s>", "<pad>"]


@pytest.mark.parametrize(
    ("how", "text", "expected"),
    [
        ("whitespace", "  A\tDog,\n here ", "A Dog, here"),
        ("lower", " A  Dog, here", "a dog, here"),
        ("canonicalize", "A_Dog's  «Ball», 5% of it!", "a dogs «ball» 5 of it"),
    ],
)
def test_cleaning(how: str, text: str, expected: str) -> None:
    assert cleaned(text, how) == expected


def test_a_broken_tokenizer_is_named(path: Path) -> None:
    path.write_text("{}")
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        Tokens(path, context_length=CONTEXT, pad_token=None, clean="whitespace")
