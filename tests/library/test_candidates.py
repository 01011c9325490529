"""Pairs that are near each other, against comparing all with all."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from fototeca.library import candidates
from fototeca.library.candidates import NEAREST, RADIUS, near_hashes, near_vectors


def balanced(random: np.random.Generator, count: int) -> npt.NDArray[np.bool_]:
    """Hashes as pictures have them: half of the bits are set."""
    return np.argsort(random.random((count, 64)), axis=1) < 32


def hexed(bits: npt.NDArray[np.bool_]) -> list[str]:
    return [row.tobytes().hex() for row in np.packbits(bits, axis=1)]


def flipped(random: np.random.Generator, bits: npt.NDArray[np.bool_], count: int) -> npt.NDArray[np.bool_]:
    where = np.argsort(random.random(bits.shape), axis=1) < count
    changed: npt.NDArray[np.bool_] = bits ^ where
    return changed


def test_hashes_up_to_the_radius_are_found_and_no_others() -> None:
    random = np.random.default_rng(1)
    first = balanced(random, 300)
    bits = np.concatenate([first, flipped(random, first[:100], RADIUS), flipped(random, first[100:200], RADIUS + 1)])
    hashes = hexed(bits[random.permutation(len(bits))])
    expected = [
        [one, other]
        for one, other in combinations(range(len(hashes)), 2)
        if (int(hashes[one], 16) ^ int(hashes[other], 16)).bit_count() <= RADIUS
    ]
    assert len(expected) >= 100
    assert sorted(near_hashes(hashes).tolist()) == expected


def test_equal_hashes_are_near_and_only_the_first_is_near_to_others() -> None:
    bits = balanced(np.random.default_rng(2), 1)
    same, near = hexed(np.concatenate([bits, flipped(np.random.default_rng(3), bits, 3)]))
    assert sorted(near_hashes([near, same, same, same]).tolist()) == [[0, 1], [1, 2], [1, 3], [2, 3]]


def test_many_alike_hashes_hang_together_by_few_pairs() -> None:
    random = np.random.default_rng(3)
    hashes = hexed(flipped(random, np.repeat(balanced(random, 1), 500, axis=0), 2))
    pairs = near_hashes(hashes)
    assert len(pairs) < 500 * 32
    assert set(pairs.ravel().tolist()) == set(range(500))


def test_hashes_of_nothing_are_near_to_nothing() -> None:
    assert near_hashes(["0" * 16] * 5 + ["00000000000000ff", "00000000000000fe"]).shape == (0, 2)
    assert near_hashes([]).shape == near_hashes(["0f" * 8]).shape == (0, 2)


def vectors(random: np.random.Generator, count: int) -> list[npt.NDArray[np.float16]]:
    """Pairs of neighbours, one after the other."""
    rows = np.repeat(random.normal(size=(count // 2, 96)), 2, axis=0) + random.normal(size=(count, 96)) / 20
    return list((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16))


def test_the_nearest_vectors_are_found() -> None:
    rows = vectors(np.random.default_rng(4), 60)
    some: list[npt.NDArray[np.float16] | None] = [*rows[:7], None, *rows[7:], None]
    at = [i for i, row in enumerate(some) if row is not None]
    cosines = np.stack(rows).astype(np.float32) @ np.stack(rows).astype(np.float32).T
    np.fill_diagonal(cosines, -2)
    nearest = np.argsort(-cosines, axis=1)[:, :NEAREST]
    expected = {(min(at[i], at[j]), max(at[i], at[j])) for i, row in enumerate(nearest.tolist()) for j in row}
    assert {(one, other) for one, other in near_vectors(some).tolist()} == expected


def test_among_many_vectors_nearly_all_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "_EXACT", 100)
    found = {(one, other) for one, other in near_vectors(vectors(np.random.default_rng(5), 3_000)).tolist()}
    assert sum((one, one + 1) in found for one in range(0, 3_000, 2)) >= 1_480


@pytest.mark.parametrize("rows", [[], [None], [None, np.ones(3, np.float16)]])
def test_without_two_vectors_there_is_no_pair(rows: list[npt.NDArray[np.float16] | None]) -> None:
    assert near_vectors(rows).shape == (0, 2)


def test_two_vectors_are_a_pair() -> None:
    assert near_vectors([np.array([1, 0], np.float16), np.array([0, 1], np.float16)]).tolist() == [[0, 1]]
