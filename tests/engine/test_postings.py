from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fototeca.engine.postings import Postings

UNITS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 2), st.lists(st.integers(0, 4), min_size=1, max_size=12)),
    max_size=12,
    unique_by=lambda unit: unit[:2],
).map(sorted)


@given(UNITS)
def test_every_token_of_every_unit_is_counted_once(units: list[tuple[int, int, list[int]]]) -> None:
    expected = sorted(
        (token, row, field, times, len(tokens))
        for row, field, tokens in units
        for token, times in Counter(tokens).items()
    )
    sizes = np.array([len(tokens) for _, _, tokens in units], np.int64)
    told = Postings.of_units(
        np.array([row for row, _, _ in units], np.int32),
        np.array([field for _, field, _ in units], np.int16),
        sizes.astype(np.int32),
        sizes,
        np.array([token for _, _, tokens in units for token in tokens], np.int32),
        5,
    )
    found = [
        (token, int(row), int(told.fields[kind]), int(told.times[kind]), int(told.lengths[kind]))
        for token in range(5)
        for row, kind in zip(*told.of_range(token, token + 1), strict=True)
    ]
    assert found == expected
    assert [told.count(token) for token in range(5)] == [sum(entry[0] == t for entry in expected) for t in range(5)]
