"""Meaning and likeness: what a two-tower model says of a library's pictures, kept as vectors and asked for by them.

A space belongs to one model. A library searches the one that is current; another model's vectors are made beside it and
become current when every asset has one, so that an answer never mixes two models.
"""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING

from fototeca.catalog import Records, Space
from fototeca.errors import InvalidInput, ModelError
from fototeca.library.models import Models
from fototeca.library.pictures import pixels
from fototeca.query import Vector

if TYPE_CHECKING:  # the model runtime is only loaded where there is a model
    from fototeca.vision import TwoTower

LEAST_RELEVANCE = 0.25
"""What is less relevant than this is no answer to a text, unless the caller says otherwise: "nothing fits" is one too.

About two robust standard deviations above what the text is like to a random picture of the library."""

_log = logging.getLogger(__name__)
_TEXTS_KEPT = 1024


class Meanings:
    """One library's way to its model and its vectors."""

    def __init__(self, records: Records, models: Models) -> None:
        self._records = records
        self._models = models
        self._texts: dict[tuple[str, str], bytes] = {}
        self._lock = Lock()

    def of_text(self, words: str, least: float) -> Vector | None:
        """Return the rank that a text stands for; `None` where there is no model, or no vectors of it yet.

        A model that is broken is logged and counts as none: the text is still matched as words.
        """
        try:
            ready = self._ready()
            return None if ready is None else self._of_text(*ready, words, least)
        except ModelError as error:
            _log.warning("texts are matched as words only: %s", error.message)
            return None

    def _of_text(self, model: TwoTower, space: Space, words: str, least: float) -> Vector:
        with self._lock:
            known = self._texts.get((space.name, words))
        if known is None:
            known = model.embed_texts([words])[0].astype("<f4").tobytes()
            with self._lock:
                if len(self._texts) >= _TEXTS_KEPT:
                    self._texts.clear()
                self._texts[space.name, words] = known
        return Vector(space.name, known, least)

    def of_picture(self, data: bytes) -> Vector:
        """Return the rank that a picture stands for, given as one of our own renditions.

        Raises:
            InvalidInput: There is no model, or no asset has a vector of it yet.
            ModelError: The model is broken.
        """
        ready = self._ready()
        if ready is None:
            raise InvalidInput("searching by a picture needs vectors: install a model, then enrich", field="picture")
        model, space = ready
        return Vector(space.name, model.embed_images([pixels(data)])[0].astype("<f4").tobytes())

    def space(self) -> str:
        """Return the name of the space that likeness is asked of.

        Raises:
            InvalidInput: No asset has a vector.
        """
        space = self._records.spaces.current()
        if space is None:
            raise InvalidInput("searching by likeness needs vectors, and no model is installed", field="like")
        return space.name

    def _ready(self) -> tuple[TwoTower, Space] | None:
        """Return the current space and the model that made it, which need not be the one in use: see this module."""
        space = self._records.spaces.current()
        model = None if space is None else self._models.two_tower(space.model)
        return None if model is None or space is None else (model, space)
