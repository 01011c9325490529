"""Parameters in all the ways in which clients send them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fototeca.dialects.cloudinary.parameters import Parameters, _pairs, _put
from fototeca.errors import InvalidInput


def sent(*pairs: tuple[str, str], **values: Any) -> Parameters:
    """Make a request of form pairs and of what JSON would hold."""
    found = Parameters(values=dict(values))
    for name, value in pairs:
        _put(found, name, value)
    return found


@pytest.mark.parametrize(
    "pairs",
    [
        [("k[]", "a"), ("k[]", "b")],
        [("k[0]", "a"), ("k[1]", "b")],
        [("k", "a"), ("k", "b")],
        [("k", "a,b")],
    ],
)
def test_lists(pairs: list[tuple[str, str]]) -> None:
    assert sent(*pairs).texts("k") == ["a", "b"]
    assert sent(k=["a", "b"]).texts("k") == ["a", "b"]


def test_objects() -> None:
    assert sent(("o[a]", "1"), ("o[b]", "2")).mapping("o") == {"a": "1", "b": "2"}
    assert sent(("o", '{"a": [1]}')).mapping("o") == {"a": [1]}
    assert sent(("o", "")).mapping("o") == {}
    assert sent().mapping("o") is None
    for bad in ("a", "[1]", "{", 5):
        with pytest.raises(InvalidInput, match="Invalid value for parameter o"):
            sent(o=bad).mapping("o")


@pytest.mark.parametrize(("text", "flag"), [("true", True), ("1", True), ("False", False), ("0", False), ("", False)])
def test_flags(text: str, flag: bool) -> None:
    assert sent(k=text).flag("k") is flag
    with pytest.raises(InvalidInput):
        sent(k="perhaps").flag("k")
    assert sent(k=True).flag("k")


def test_numbers_are_bounded() -> None:
    assert sent(k=7).integer("k", 1) == sent(k="7").integer("k", 1) == 7
    assert sent(k=None).integer("k", 1) == 1
    for bad in ("-1", "501", "1.5", "x", "٣"):
        with pytest.raises(InvalidInput, match="0 to 500"):
            sent(k=bad).integer("k", 1)


def test_what_must_be_there() -> None:
    with pytest.raises(InvalidInput, match="Missing required parameter - file"):
        sent(file="").required("file")


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@given(st.dictionaries(words.map(str.strip).filter(bool), words, max_size=4))
def test_escaped_pairs_come_back(pairs: dict[str, str]) -> None:
    def escaped(text: str) -> str:
        return text.replace("\\", "\\\\").replace("=", "\\=").replace("|", "\\|")

    assert _pairs("|".join(f"{escaped(key)}={escaped(value)}" for key, value in pairs.items()), "k") == pairs
