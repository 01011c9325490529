"""Relevance is told by what is usual."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from fototeca.engine.relevance import Usual, scatter


def test_scatter_is_splitmix64() -> None:
    mask = (1 << 64) - 1

    def reference(number: int) -> int:
        z = (number + 0x9E3779B97F4A7C15) & mask
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)

    numbers = [0, 1, 2, 12345, 2**40 + 7]
    assert scatter(np.array(numbers, np.int64)).tolist() == [reference(number) for number in numbers]
    assert reference(0) == 0xE220A8397B1DCDAF  # the first number of the published generator, seed 0


def test_relevance_is_one_half_at_three_deviations() -> None:
    usual = Usual.of(np.array([0.3, 0.1, 0.2]))
    half = 0.2 + 3 * 1.4826 * 0.1
    assert usual.relevance(np.array([half])) == pytest.approx([0.5])
    assert usual.cosine(0.5) == pytest.approx(half)
    assert Usual.of(np.full(4, 0.5)).relevance(np.array([0.5])) == pytest.approx([1 / (1 + np.exp(3))])


def test_where_nothing_is_known_nothing_is_relevant() -> None:
    usual = Usual.of(np.empty(0, np.float32))
    assert usual.relevance(np.array([0.9, 0.1])).tolist() == [0, 0]
    assert usual.share(0.1) == 0


def test_a_share_of_the_library_is_told_by_the_sample() -> None:
    usual = Usual.of(np.linspace(0, 0.2, 100))
    assert usual.share(float(usual.relevance(np.array([0.1501]))[0])) == pytest.approx(0.25)


def test_positions_behind_the_best_are_told_by_the_sample() -> None:
    usual = Usual.of(np.linspace(0, 0.4, 1000))

    positions = partial(usual.positions, worst=0.39, count=50, total=100_000)

    assert positions(np.array([0.39])) == pytest.approx([51])
    assert positions(np.array([0.2, 0.0])) == pytest.approx([50_000, 100_000], rel=0.01)
    assert (np.diff(positions(np.linspace(0.4, 0, 30))) >= 0).all()
