"""The moments of videos as vectors of a two-tower model, so that a video is found by what happens in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fototeca.assets import Kind, Owner
from fototeca.catalog import Findings, NewFrame
from fototeca.errors import ModelError
from fototeca.library.enrichment.stage import Look, StageSpace
from fototeca.library.models import NO_MODEL, Models, frames_of, space_of
from fototeca.library.pictures import pixels

if TYPE_CHECKING:
    from fototeca.vision import TwoTower

TOGETHER = 16
"""Moments whose pictures are in memory at a time."""


class Frames:
    """Finds the scenes of videos, and embeds one good frame of each."""

    name = "frames"
    kinds = frozenset({Kind.VIDEO})
    renews: tuple[str, ...] = ()

    def __init__(self, model: TwoTower) -> None:
        self._model = model
        self.maker = space_of(model)
        self.space = StageSpace(frames_of(self.maker), model.dimension, Owner.FRAME, self.maker)

    def look(self, looks: Sequence[Look]) -> list[Findings]:
        """Give each moment of each video its vector."""
        return [Findings(space=self.space.name, frames=tuple(self._frames(look))) for look in looks]

    def _frames(self, look: Look) -> list[NewFrame]:
        moments = look.moments()
        found = []
        for start in range(0, len(moments), TOGETHER):
            some = moments[start : start + TOGETHER]
            vectors = self._model.embed_images([pixels(moment.jpeg) for moment in some]).astype(np.dtype("<f2"))
            pairs = zip(some, vectors, strict=True)
            found += [NewFrame(seconds=moment.seconds, vector=vector.tobytes()) for moment, vector in pairs]
        return found


def open_stage(models: Models) -> Frames:
    """Open the stage.

    Raises:
        ModelError: There is no two-tower model, or it is broken.
    """
    model = models.two_tower()
    if model is None:
        raise ModelError(NO_MODEL)
    return Frames(model)
