"""Faces grouped into people: the rule, its guards, and that nothing depends on order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fototeca.errors import InvalidInput
from fototeca.vision.people import LIKE, Vectors, assign


def at(*degrees: float) -> Vectors:
    """Unit vectors in a plane: their cosines are those of the angles between them."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def crowd(people: int, faces: int, seed: int, spread: float = 0.07) -> tuple[Vectors, list[int]]:
    """Faces around random people, and who they are."""
    random = np.random.default_rng(seed)
    whose = random.integers(0, people, faces)
    vectors = random.normal(size=(people, 128))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors[whose] + random.normal(0, spread, (faces, 128))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), whose.tolist()


def partition(groups: list[list[int]]) -> set[frozenset[int]]:
    return {frozenset(group) for group in groups}


def test_a_face_goes_to_the_person_it_is_like() -> None:
    given_ = assign({7: at(0, 10), 8: at(180, 190)}, at(5, 185, 90))
    assert given_.known == {0: 7, 1: 8}
    assert given_.groups == [[2]]


def test_of_two_people_the_more_like_one_wins() -> None:
    assert assign({1: at(0, 0), 2: at(50, 50)}, at(30)).known == {0: 2}


def test_one_face_that_was_put_wrong_draws_no_other_after_it() -> None:
    # The person's face at 90 degrees does not belong to those around 0.
    assert assign({1: at(0, 5, 10, 90)}, at(95)).known == {}
    assert assign({1: at(0, 5, 10, 90), 2: at(80)}, at(95)).known == {0: 2}


def test_a_single_face_of_a_person_is_witness_enough() -> None:
    assert assign({1: at(0)}, at(60)).known == {0: 1}
    assert assign({1: at(0)}, at(70)).known == {}


def test_faces_just_placed_are_witnesses_for_the_others() -> None:
    # 100 is too far from the first face of the person, not from those at 50 and 55 that come with it.
    given_ = assign({1: at(0, 1)}, at(100, 50, 55))
    assert given_.known == {0: 1, 1: 1, 2: 1}


def test_known_people_are_never_joined() -> None:
    given_ = assign({1: at(0, 1), 2: at(2, 3)}, at(0.5, 2.5))
    assert given_.known == {0: 1, 1: 2}


def test_new_faces_do_not_chain_to_one_person() -> None:
    # Each is like the next, the first is not like the last: average linkage cuts the row.
    groups = assign({}, at(*range(0, 180, 20))).groups
    assert len(groups) > 1


def test_the_largest_group_comes_first() -> None:
    assert assign({}, at(0, 90, 91, 180, 181, 182)).groups == [[3, 4, 5], [1, 2], [0]]


def test_copies_of_one_photo_are_one_person() -> None:
    vectors = np.repeat(crowd(3, 3, seed=5, spread=0.0)[0], 100, axis=0)
    assert {len(group) for group in assign({}, vectors).groups} <= {100, 200, 300}


def test_nobody_and_nothing() -> None:
    assert assign({}, np.empty((0, 128), np.float32)).groups == []
    assert assign({3: np.empty((0, 2), np.float32)}, at(0)).groups == [[0]]


def test_vectors_of_another_length_are_refused() -> None:
    with pytest.raises(InvalidInput, match="one length"):
        assign({1: np.zeros((1, 64), np.float32)}, np.zeros((1, 128), np.float32))
    with pytest.raises(InvalidInput, match="one length"):
        assign({}, np.zeros(128, np.float32))


@pytest.mark.parametrize("step", [1, 7, 60])
def test_people_come_out_the_same_however_many_faces_come_at_a_time(step: int) -> None:
    vectors, truth = crowd(people=8, faces=60, seed=1)
    known: dict[int, Vectors] = {}
    whose: list[int] = []
    for start in range(0, 60, step):
        new = vectors[start : start + step]
        given_ = assign(known, new)
        people = given_.known | {row: len(known) + k for k, group in enumerate(given_.groups) for row in group}
        whose += [people[row] for row in range(len(new))]
        known = {person: vectors[: len(whose)][np.array(whose) == person] for person in set(whose)}
    assert len(set(zip(whose, truth, strict=True))) == len(set(whose)) == len(set(truth))


@given(st.integers(0, 10_000), st.floats(0.03, 0.2), st.integers(0, 5))
def test_every_face_has_one_place_and_order_does_not_matter(seed: int, spread: float, people: int) -> None:
    vectors, truth = crowd(people=6, faces=40, seed=seed, spread=spread)
    known = {person: vectors[:15][np.array(truth[:15]) == person] for person in range(people)}
    new = vectors[15:]
    given_ = assign(known, new)
    assert sorted([*given_.known, *(row for group in given_.groups for row in group)]) == list(range(25))
    assert set(given_.known.values()) <= set(known)
    order = np.random.default_rng(seed).permutation(25)
    other = assign({person: known[person][::-1] for person in reversed(known)}, new[order])
    assert {int(order[row]): person for row, person in other.known.items()} == given_.known
    assert partition([order[group].tolist() for group in other.groups]) == partition(given_.groups)


@given(st.integers(0, 10_000), st.floats(0.05, 0.2))
def test_groups_are_those_of_joining_the_two_most_alike_again_and_again(seed: int, spread: float) -> None:
    vectors, _ = crowd(people=4, faces=18, seed=seed, spread=spread)
    cosines = vectors.astype(np.float64) @ vectors.T
    groups = [[row] for row in range(len(vectors))]
    while len(groups) > 1:
        pairs = [(cosines[np.ix_(a, b)].mean(), i, j) for j, b in enumerate(groups) for i, a in enumerate(groups[:j])]
        alike, one, other = max(pairs)
        if alike < LIKE:
            break
        groups[one] += groups.pop(other)
    assert partition(assign({}, vectors).groups) == partition(groups)
