"""Faces grouped into people, a few at a time, so that nobody changes because photos were added.

The rule, where likeness is the cosine of two faces' vectors:

1. A face is as like a person as it is like the second nearest of the person's faces (the only one, where there is one).
   Not as their average: people age, and wear glasses. Not as the nearest: one face that was put wrong, or that lies
   between two people, would draw others after it; so it takes two witnesses.
2. A new face goes to the person it is most like, if at least `LIKE`. The faces placed so count from then on, and the
   others are tried again, until none is placed.
3. The faces left are grouped among themselves by average linkage: the two groups whose faces are most alike on average
   are joined, as long as that is at least `LIKE`. Each group may become a person.

Only new faces are given a place: a face that has one, confirmed or not, keeps it; and two people who are known are
never joined, however alike: that is for their owner to do. A face that was left alone may be handed in again as new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from fototeca.errors import InvalidInput

LIKE: Final = 0.40
"""Two faces whose vectors have this cosine are more likely of one person than of two (for `FaceEmbedder`'s vectors)."""

WITNESSES: Final = 2
"""So many faces of a person, where there are as many, must be like a new one."""

_ROWS = 256

_ROUNDING = 1e-6
"""Likenesses that differ less are equal; else a chain among copies of one photo could turn in a circle."""

Vectors = npt.NDArray[np.float32]
"""Unit rows [n, dimension]."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where new faces belong; each is in exactly one of the two, by its row.

    Attributes:
        known: Ids of people by the rows that show them.
        groups: Rows of nobody who is known, together where they show the same person: the largest group first, then by
            first row. A group of one is a face like no other.
    """

    known: dict[int, int]
    groups: list[list[int]]


def assign(known: Mapping[int, Vectors], new: Vectors, *, like: float = LIKE) -> Assignment:
    """Give new faces to the people they show; see the module for the rule.

    The result does not depend on the order of people, faces or new faces (but for exact ties).

    Args:
        known: The vectors of the faces of each person, by the person's id.
        new: The vectors of the faces that nobody has. A thousand at a time is quick; time grows with their square.
        like: The least likeness within a person.

    Raises:
        InvalidInput: The vectors are not rows of one length.
    """
    if new.ndim != 2 or any(faces.ndim != 2 or faces.shape[1] != new.shape[1] for faces in known.values()):
        raise InvalidInput("the vectors of faces are rows of one length")
    people = {person: faces for person, faces in known.items() if len(faces)}
    placed: dict[int, int] = {}
    waiting = np.arange(len(new))
    while people and waiting.size:
        ids, likeness = _nearest_people(people, new[waiting])
        sure = likeness >= like
        if not sure.any():
            break
        for person in np.unique(ids[sure]).tolist():
            rows = waiting[sure & (ids == person)]
            placed |= dict.fromkeys(rows.tolist(), person)
            people[person] = np.concatenate([people[person], new[rows]])
        waiting = waiting[~sure]
    groups = [sorted(waiting[group].tolist()) for group in _average_linkage(new[waiting], like)]
    return Assignment(placed, sorted(groups, key=lambda group: (-len(group), group[0])))


def _nearest_people(people: Mapping[int, Vectors], new: Vectors) -> tuple[npt.NDArray[np.int64], Vectors]:
    """The person each face is most like, and how like [n]."""
    ids = np.array(sorted(people))
    best = np.empty(len(new), np.int64)
    likeness = np.empty(len(new), np.float32)
    for start in range(0, len(new), _ROWS):
        some = slice(start, start + _ROWS)
        scores = np.stack([_likeness(new[some], people[person]) for person in ids.tolist()], axis=1)
        best[some] = ids[scores.argmax(axis=1)]
        likeness[some] = scores.max(axis=1)
    return best, likeness


def _likeness(new: Vectors, faces: Vectors) -> Vectors:
    """How like one person each new face is [n]."""
    witnesses = min(WITNESSES, len(faces))
    likeness: Vectors = np.partition(new @ faces.T, -witnesses, axis=1)[:, -witnesses]
    return likeness


def _average_linkage(vectors: Vectors, like: float) -> list[list[int]]:
    """Groups of rows by average linkage, cut where groups are less alike than `like`.

    By the nearest-neighbour chain (F. Murtagh, "A survey of recent advances in hierarchical clustering algorithms",
    1983): from any group on to the group most like it, until two are most like each other. The mean cosine between the
    faces of two groups is the product of the groups' mean vectors, so means are all that is kept: memory grows with the
    faces, not with their pairs.
    """
    means, sizes = vectors.astype(np.float32), [1] * len(vectors)
    members = [[row] for row in range(len(vectors))]
    active = np.ones(len(vectors), bool)
    groups: list[list[int]] = []
    chain: list[int] = []
    while active.any():
        tip = chain.pop() if chain else int(active.argmax())
        alike = np.where(active, means @ means[tip], -np.inf)
        alike[tip] = -np.inf
        nearest = int(alike.argmax())
        if alike[nearest] < like:
            # Joining others brings no group nearer than its members were: this one is complete.
            active[tip] = False
            groups.append(members[tip])
        elif chain and alike[chain[-1]] > alike[nearest] - _ROUNDING:
            other = chain.pop()
            total = sizes[tip] + sizes[other]
            means[other] = (sizes[tip] * means[tip] + sizes[other] * means[other]) / total
            sizes[other] = total
            members[other] += members[tip]
            active[tip] = False
        else:
            chain += [tip, nearest]
    return groups
