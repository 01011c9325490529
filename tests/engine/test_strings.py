import time
from collections.abc import Sequence

import pytest

from fototeca.engine.strings import (
    NUMBER,
    TEXT,
    StringTable,
    after_prefix,
    literal_start,
    pack,
    pattern,
    prefix_range,
    scalar,
    union,
)

TEXTS = ["", "a", "a/b", "ab", "é", "日本", "\ud800", "\U0001f600"]


def table(values: Sequence[object], *, mixed: bool) -> StringTable:
    packed = pack(values, mixed=mixed)
    return StringTable(packed["offsets"], packed["data"], mixed=mixed)


def test_a_table_gives_back_its_texts() -> None:
    stored = table(list(TEXTS), mixed=False)
    assert list(stored) == TEXTS
    assert stored[2:4] == ["a/b", "ab"]
    with pytest.raises(IndexError):
        stored[len(TEXTS)]


def test_a_mixed_table_gives_back_kinds_and_exact_numbers() -> None:
    values = [False, True, float("-inf"), -1.5, 0, 2**70, 1e300, "", "1", "True"]
    scalars = [scalar(value) for value in values]
    stored = table(scalars, mixed=True)
    assert list(stored) == scalars
    assert [type(value) for _, value in stored] == [type(value) for value in values]


@pytest.mark.parametrize("value", [None, float("nan"), {}, [], 1 << 5000])
def test_what_cannot_be_compared_is_no_scalar(value: object) -> None:
    assert scalar(value) is None


def test_kinds_are_apart_and_in_order() -> None:
    mixed = [scalar(value) for value in ("b", 2, True, "1", -1.0, False)]
    assert [value for _, value in sorted(s for s in mixed if s)] == [False, True, -1.0, 2, "1", "b"]
    assert scalar(1) == (NUMBER, 1)
    assert scalar("1") == (TEXT, "1")


def test_union_keeps_what_is_used() -> None:
    import numpy as np

    merged, remaps = union([["a", "c", "d"], ["b", "c"]], [np.array([0, 1]), None])
    assert merged == ["a", "b", "c"]
    assert [remap.tolist() for remap in remaps] == [[0, 2, 0], [1, 2]]


def test_prefixes() -> None:
    assert after_prefix("ab") == "ac"
    assert after_prefix("a\U0010ffff") == "b"
    assert after_prefix("") is None
    assert prefix_range(TEXTS, "a") == (1, 4)
    assert prefix_range(TEXTS, "\U0001f600") == (7, 8)
    assert prefix_range(TEXTS, "") == (0, len(TEXTS))


@pytest.mark.parametrize(
    ("wildcard", "matching", "other"),
    [
        ("img*.jpg", ["img.jpg", "img_1.jpg"], ["img_1.jpg.png", "aimg.jpg"]),
        ("*b?", ["bc", "abbc"], ["b", "bcd"]),
        (r"a\*b", ["a*b"], ["axb"]),
        ("a\\", ["a\\"], ["a"]),
        ("", [""], ["a"]),
        ("*", ["", "line\nbreak"], []),
        ("a*b*c*b", ["abcb", "axbxcxbxb"], ["abc", "acb"]),
        ("[a]*", ["[a]", "[a]x"], ["a"]),
    ],
)
def test_wildcards(wildcard: str, matching: list[str], other: list[str]) -> None:
    compiled = pattern(wildcard, folded=False)
    assert all(compiled.match(text) for text in matching)
    assert not any(compiled.match(text) for text in other)
    assert all(text.startswith(literal_start(wildcard)) for text in matching)


def test_wildcards_fold_their_literals_only() -> None:
    assert pattern("STRASSE*É", folded=True).match("strasse 1e")
    assert pattern("\uff1f", folded=True).match("?")
    assert not pattern("\uff1f", folded=True).match("x")


def test_wildcards_do_not_backtrack_without_end() -> None:
    compiled = pattern("*a" * 30 + "*b", folded=False)
    started = time.process_time()
    assert compiled.match("a" * 5000) is None
    assert time.process_time() - started < 30
