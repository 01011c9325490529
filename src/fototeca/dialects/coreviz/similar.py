"""Objects as examples: from an object's id and a model to the rank that it stands for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fototeca.assets import Owner
from fototeca.catalog import Space
from fototeca.dialects.coreviz.ids import Thing, read
from fototeca.errors import InvalidInput, NotFound
from fototeca.library import Library
from fototeca.query import Best, Rank, Vector

SHOEPRINTS = "shoeprints"
"""Name of the model, and so of the space, that an installation brings itself."""


@dataclass(frozen=True, slots=True)
class Example:
    """An object: the asset it is in, and what its vector belongs to."""

    asset_id: int
    owner: Owner
    owner_id: int


def example_rank(library: Library, id_: str, model: str) -> Rank | None:
    """Return the rank that an object stands for; `None` if it has no vector of the model, so that nothing is like it.

    Raises:
        NotFound: There is no such object.
        InvalidInput: The model is not installed.
    """
    example = _find(library, id_)
    spaces = _spaces(library, model)
    found = next(((s, v) for s in spaces if (v := _vector(library, s, example)) is not None), None)
    if found is None:
        return None
    chosen, vector = found
    return Best(tuple(Vector(space.name, vector) for space in spaces if space.model == chosen.model))


def _find(library: Library, id_: str) -> Example:
    """Look an object up; whole frames and assets count as objects too."""
    try:
        example = _of_number(library, read(id_)) or _of_face(library, id_)
        if library.get(example.asset_id).trashed is None:
            return example
    except NotFound:
        pass
    raise NotFound("Object not found")


def _of_number(library: Library, known: tuple[Thing, int] | None) -> Example | None:
    match known:
        case (Thing.WHOLE_OBJECT, number):
            return Example(number, Owner.ASSET, number)
        case (Thing.FRAME_OBJECT, number):
            return Example(library.records.frames.get(number).asset_id, Owner.FRAME, number)
        case (Thing.OBJECT, number):
            return Example(library.records.objects.get(number).asset_id, Owner.OBJECT, number)
        case _:
            return None


def _of_face(library: Library, id_: str) -> Example:
    face = library.records.faces.get(id_)
    return Example(face.asset_id, Owner.FACE, face.id)


def _spaces(library: Library, model: str) -> list[Space]:
    """Return the spaces that a model's vectors are in.

    Raises:
        InvalidInput: The installation has no model for shoe prints, and no space of that name.
    """
    every = library.records.spaces.all()
    if model == SHOEPRINTS:
        named = [s for s in every if s.name == SHOEPRINTS or s.name.startswith(f"{SHOEPRINTS}@")]
        if not named:
            raise InvalidInput(
                "no shoe-print model is installed here: similarToObjectModel=shoeprints needs vectors in a space "
                "named shoeprints",
                field="similarToObjectModel",
                allowed="objects, faces",
            )
        return named
    owners = {Owner.FACE} if model == "faces" else {Owner.OBJECT, Owner.FRAME, Owner.ASSET}
    return [s for s in every if s.current and s.owner in owners and not s.name.startswith(SHOEPRINTS)]


def _vector(library: Library, space: Space, example: Example) -> bytes | None:
    """Return the object's vector in a space, as a query has it; a space of whole assets answers for any whole frame."""
    owner_id = example.asset_id if space.owner is Owner.ASSET else example.owner_id
    whole = space.owner is Owner.ASSET and example.owner in {Owner.ASSET, Owner.FRAME}
    if space.owner is not example.owner and not whole:
        return None
    for embedding in library.records.embeddings.load(space.name, [example.asset_id]).get(example.asset_id, []):
        if embedding.owner_id == owner_id:
            return np.frombuffer(embedding.vector, "<f2").astype("<f4").tobytes()
    return None
