"""Whose faces they are: grouping over all faces of a workspace, a few new ones at a time."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from fototeca.assets import Owner
from fototeca.catalog import Records
from fototeca.catalog.faces import GroupedFace
from fototeca.query.fields import CLEAR_FACE
from fototeca.vision.people import Vectors, assign

PEOPLE = "people"
"""Kind of the jobs that give faces to people."""

_AT_ONCE = 2000
"""Faces that are grouped together, the newest; older ones that are like nobody stay alone."""


def group(records: Records) -> int:
    """Give the faces that nobody has to people, as `fototeca.vision.people` says; return how many found one.

    Nobody's place changes but that of faces without one. New faces of a stranger make a new person, who has no name
    yet, as soon as two assets show them; until then they wait.
    """
    space = records.spaces.current(Owner.FACE)
    if space is None:
        return 0
    known: dict[int, list[bytes]] = defaultdict(list)
    new: list[GroupedFace] = []
    for face in records.faces.grouping(space.name):
        if face.person_id is not None:
            known[face.person_id].append(face.vector)
        elif not face.confirmed and (face.quality is None or face.quality >= CLEAR_FACE):
            new.append(face)
    new = new[-_AT_ONCE:]
    if not new:
        return 0
    found = assign({person: _rows(some) for person, some in known.items()}, _rows([face.vector for face in new]))
    groups = [[new[row] for row in rows] for rows in found.groups]
    strangers = [[face.id for face in faces] for faces in groups if len({face.asset_id for face in faces}) > 1]
    return records.faces.gather({new[row].id: person for row, person in found.known.items()}, strangers)


def _rows(vectors: list[bytes]) -> Vectors:
    """Stored vectors as unit rows."""
    rows: Vectors = np.stack([np.frombuffer(vector, "<f2") for vector in vectors]).astype(np.float32)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return rows
