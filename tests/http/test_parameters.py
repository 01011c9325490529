from __future__ import annotations

import pytest

from fototeca.errors import InvalidInput
from fototeca.http import whole


@pytest.mark.parametrize(("text", "number"), [(None, 7), ("0", 0), ("+12", 12), ("007", 7), ("-0", 0)])
def test_a_whole_number_is_read(text: str | None, number: int) -> None:
    assert whole("page", text, 7, 0) == number


@pytest.mark.parametrize("text", ["", "-1", "1.0", "1e3", " 1", "one", "1" * 19])
def test_what_is_none_or_too_small_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(InvalidInput, match="page must be an integer of at least 0") as refused:
        whole("page", text, 7, 0)
    assert (refused.value.field, refused.value.allowed) == ("page", ">= 0")
