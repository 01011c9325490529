"""Meaning and likeness: what a two-tower model says of a library's pictures, kept as vectors and asked for by them.

A space belongs to one model. A library searches the one that is current; another model's vectors are made beside it and
become current when every asset has one, so that an answer never mixes two models.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fototeca.assets import Owner
from fototeca.catalog import Records, Space
from fototeca.engine import Index
from fototeca.errors import InvalidInput, ModelError
from fototeca.library.models import NO_MODEL, Models
from fototeca.library.pictures import Picture
from fototeca.library.presence import LEAST_RELEVANCE, THINGS, Presence
from fototeca.query import Vector

if TYPE_CHECKING:  # the model runtime is only loaded where there is a model
    from fototeca.vision import TwoTower

_log = logging.getLogger(__name__)
_TEXTS_KEPT = 1024

Direction = npt.NDArray[np.float32]


class Meanings:
    """One library's way to its model and its vectors."""

    def __init__(self, records: Records, models: Models, index: Index) -> None:
        self._records = records
        self._models = models
        self._presence = Presence(index)
        self._texts: dict[tuple[str, str], bytes] = {}
        self._lock = Lock()

    def of_text(
        self, words: str, least: float | None, among: Owner = Owner.ASSET, unlike: Sequence[str] = ()
    ) -> Vector | None:
        """Return the rank that a text stands for; `None` where there is no model, or no vectors of it yet.

        A model that is broken is logged and counts as none: the text is still matched as words.

        Args:
            words: The text.
            least: As in `Vector`; `None` for what is an answer by `Presence`.
            among: What it is compared with.
            unlike: Texts whose direction is taken off, see `fototeca.query.Meaning`.
        """
        try:
            ready = self._ready(among)
            return None if ready is None else self._of_text(*ready, words, least, unlike)
        except ModelError as error:
            _log.warning("texts are matched as words only: %s", error.message)
            return None

    def _of_text(self, model: TwoTower, space: Space, words: str, least: float | None, unlike: Sequence[str]) -> Vector:
        meant = self._embedded(model, space, words)
        if unlike:
            counter = [_unit(np.frombuffer(self._embedded(model, space, each), "<f4")) for each in unlike]
            away = _unit(np.frombuffer(meant, "<f4")) - np.mean(counter, axis=0) / 2
            meant = away.astype("<f4").tobytes()
        if least is not None:
            return Vector(space.name, meant, least)

        def things() -> list[Vector]:
            return [Vector.of(space.name, thing.tolist()) for thing in model.embed_texts(list(THINGS))]

        if space.owner is not Owner.ASSET:
            return Vector(space.name, meant, LEAST_RELEVANCE)
        return Vector(space.name, meant, self._presence.least(Vector(space.name, meant), things))

    def _embedded(self, model: TwoTower, space: Space, words: str) -> bytes:
        with self._lock:
            known = self._texts.get((space.model, words))
        if known is None:
            known = model.embed_texts([words])[0].astype("<f4").tobytes()
            with self._lock:
                if len(self._texts) >= _TEXTS_KEPT:
                    self._texts.clear()
                self._texts[space.model, words] = known
        return known

    def of_picture(self, picture: Picture, among: Owner = Owner.ASSET) -> Vector:
        """Return the rank that a picture stands for; compared with faces, the clearest face in it.

        Raises:
            InvalidInput: There is no model, or nothing has a vector of it yet, or the picture shows no face.
            ModelError: The model is broken.
        """
        if among is Owner.FACE:
            return self._of_face(picture)
        ready = self._ready(among)
        if ready is None:
            raise InvalidInput("searching by a picture needs vectors: install a model, then enrich", field="picture")
        model, space = ready
        return Vector(space.name, model.embed_images([picture])[0].astype("<f4").tobytes())

    def mean(self, words: str, like: Sequence[int], picture: Vector | None) -> Vector | None:
        """Return the mean of the unit vectors of a text (if a model is there), of assets and of a picture.

        Raises:
            InvalidInput: One of the assets has no vector.
        """
        text = self.of_text(words, 0.0) if words else None
        units = [_unit(np.frombuffer(each.embedding, "<f4")) for each in (text, picture) if each is not None]
        if like:
            space = self.space()
            known = self._records.embeddings.load(space, like)
            for asset_id in like:
                if asset_id not in known:
                    raise InvalidInput(f"asset {asset_id} has no vector to compare with", field="like")
                units.append(_unit(np.frombuffer(known[asset_id][0].vector, "<f2")))
        elif units:
            space = next(each.space for each in (text, picture) if each is not None)
        return Vector.of(space, np.mean(units, axis=0).tolist()) if units else None

    def model(self) -> TwoTower:
        """Return the model that searches use: the one that made the current space, else the one that is installed.

        Raises:
            ModelError: There is none, or it is broken.
        """
        ready = self._ready(Owner.ASSET)
        model = ready[0] if ready is not None else self._models.two_tower()
        if model is None:
            raise ModelError(NO_MODEL)
        return model

    def embed_text(self, words: str) -> Direction:
        """Return a text's unit vector.

        Raises:
            ModelError: There is no model, or it is broken.
        """
        found: Direction = self.model().embed_texts([words])[0]
        return found

    def embed_picture(self, picture: Picture) -> Direction:
        """Return a picture's unit vector.

        Raises:
            ModelError: There is no model, or it is broken.
        """
        found: Direction = self.model().embed_images([picture])[0]
        return found

    def _of_face(self, picture: Picture) -> Vector:
        models, space = self._models.faces(), self._records.spaces.current(Owner.FACE)
        if models is None or space is None or space.name != models.space:
            raise InvalidInput("searching by a face needs vectors: install face models, then enrich", field="picture")
        faces = models.detector.detect(picture)
        if not faces:
            raise InvalidInput("the picture shows no face", field="picture")
        [vector] = models.embedder.embed(picture, [max(faces, key=lambda face: face.quality)])
        return Vector(space.name, vector.astype("<f4").tobytes())

    def space(self, owner: Owner = Owner.ASSET) -> str:
        """Return the name of the space that likeness is asked of.

        Raises:
            InvalidInput: Nothing of this kind has a vector.
        """
        space = self._records.spaces.current(owner)
        if space is None:
            message = f"searching by likeness needs vectors, and no {owner} has one: install a model, then enrich"
            raise InvalidInput(message, field="like")
        return space.name

    def _ready(self, owner: Owner) -> tuple[TwoTower, Space] | None:
        """Return the current space and the model that made it, which need not be the one in use: see this module."""
        space = self._records.spaces.current(owner)
        model = None if space is None else self._models.two_tower(space.model)
        return None if model is None or space is None else (model, space)


def _unit(vector: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    wide = vector.astype(np.float64)
    return wide / (float(np.linalg.norm(wide)) or 1.0)
