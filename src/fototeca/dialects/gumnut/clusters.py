"""How well faces fit their people: cosine distances between the faces' vectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fototeca.assets import Face, Owner, Person
from fototeca.dialects.gumnut import identifiers
from fototeca.library import Library

WINDOW = 0.6
"""The farthest that a person may be from a face to be offered for it."""
MAX_FACES = 500
"""Faces of one person that are compared with each other; of more, the newest."""
_DIGITS = 4

Vectors = npt.NDArray[np.float32]


class Clusters:
    """Compares faces of one workspace. Without vectors of faces it has nothing to say."""

    def __init__(self, library: Library) -> None:
        self._library = library
        space = library.records.spaces.current(Owner.FACE)
        self._space = None if space is None else space.name

    def metrics(self, person: Person) -> dict[str, Any] | None:
        """Return how many faces a person has with a vector, and how far they are from each other."""
        vectors = self._of_person(person.id)
        if not len(vectors):
            return None
        distances = 1 - (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
        pairs = np.maximum(distances, 0.0) if len(distances) else np.zeros(1, np.float32)
        return {
            "face_count": len(vectors),
            "pairwise_mean": round(float(pairs.mean()), _DIGITS),
            "pairwise_p90": round(float(np.percentile(pairs, 90)), _DIGITS),
        }

    def assignments(self, faces: Sequence[Face]) -> dict[int, dict[str, Any]]:
        """Return by face how far it is from its person, and who else it could be, the nearest first."""
        own = self._of_faces(faces)
        centres = {
            person.id: (person, centre)
            for person in self._library.people.all()
            if (centre := self._centre(person)) is not None
        }
        return {face.id: self._assignment(face, own.get(face.id), centres) for face in faces}

    def _assignment(
        self, face: Face, vector: Vectors | None, centres: dict[int, tuple[Person, Vectors]]
    ) -> dict[str, Any]:
        if vector is None:
            return {"distance_to_person": None, "candidates": None}
        away = {id_: _distance(vector, centre) for id_, (_, centre) in centres.items()}
        others = sorted(
            (distance, id_)
            for id_, distance in away.items()
            if id_ != face.person_id and distance <= WINDOW and not centres[id_][0].hidden
        )
        return {
            "distance_to_person": away.get(face.person_id or 0),
            "candidates": [_candidate(centres[id_][0], distance) for distance, id_ in others],
        }

    def _centre(self, person: Person) -> Vectors | None:
        vectors = self._of_person(person.id)
        return _unit(vectors.mean(axis=0)) if len(vectors) else None

    def _of_person(self, person_id: int) -> Vectors:
        faces = self._library.records.faces.newest(limit=MAX_FACES, person_id=person_id)
        found = list(self._of_faces(faces).values())
        return np.stack(found) if found else np.empty((0, 0), np.float32)

    def _of_faces(self, faces: Iterable[Face]) -> dict[int, Vectors]:
        wanted = {face.id: face.asset_id for face in faces}
        if self._space is None or not wanted:
            return {}
        loaded = self._library.records.embeddings.load(self._space, sorted(set(wanted.values())))
        return {
            each.owner_id: _unit(np.frombuffer(each.vector, "<f2").astype(np.float32))
            for of_asset in loaded.values()
            for each in of_asset
            if each.owner_id in wanted
        }


def _candidate(person: Person, distance: float) -> dict[str, Any]:
    return {
        "person_id": identifiers.encode(identifiers.PERSON, person.uuid),
        "distance": distance,
        "name": person.name,
    }


def _distance(one: Vectors, other: Vectors) -> float:
    return round(max(0.0, float(1 - one @ other)), _DIGITS)


def _unit(vector: Vectors) -> Vectors:
    return (vector / (np.linalg.norm(vector) or 1.0)).astype(np.float32)
