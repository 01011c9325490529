"""The things in pictures as vectors of their own, so that a region can be found by words and by examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fototeca.assets import Object, Owner
from fototeca.catalog import Findings
from fototeca.errors import ModelError
from fototeca.library.enrichment.objects import NO_DETECTOR
from fototeca.library.enrichment.stage import PICTURES, Look, Picture, StageSpace
from fototeca.library.models import NO_MODEL, Models, space_of

if TYPE_CHECKING:
    from fototeca.vision import TwoTower

MARGIN = 0.1
"""What is seen around a thing, on each side, as a share of its width or height: what it stands on says much of it."""


class Regions:
    """Embeds what the detector found."""

    name = "regions"
    kinds = PICTURES
    renews: tuple[str, ...] = ()

    def __init__(self, model: TwoTower) -> None:
        self._model = model
        self.maker = space_of(model)
        self.space = StageSpace(f"{self.maker}/objects", model.dimension, Owner.OBJECT, self.maker)

    def look(self, looks: Sequence[Look]) -> list[Findings]:
        """Give each object of each picture its vector."""
        things = [(look.picture, thing) for look in looks for thing in _shown(look)]
        crops = [crop(picture, thing.box) for picture, thing in things]
        vectors = self._model.embed_images(crops).astype("<f2")
        found = {thing.id: vector.tobytes() for (_, thing), vector in zip(things, vectors, strict=True)}
        return [
            Findings(space=self.space.name, vectors={thing.id: found[thing.id] for thing in _shown(look)})
            for look in looks
        ]


def _shown(look: Look) -> list[Object]:
    """What is in the picture itself, and not in another moment of a video."""
    return [thing for thing in look.asset.objects if thing.frame_id is None]


def crop(picture: Picture, box: tuple[float, float, float, float], margin: float = MARGIN) -> Picture:
    """Return the part of a picture in a box of shares, with a margin around it; at least one pixel."""
    high, wide = picture.shape[:2]
    left, top, width, height = box
    start = np.floor([(left - margin * width) * wide, (top - margin * height) * high]).astype(int)
    stop = np.ceil([(left + (1 + margin) * width) * wide, (top + (1 + margin) * height) * high]).astype(int)
    start = np.clip(start, 0, (wide - 1, high - 1))
    stop = np.clip(stop, start + 1, (wide, high))
    return picture[start[1] : stop[1], start[0] : stop[0]]


def open_stage(models: Models) -> Regions:
    """Open the stage.

    Raises:
        ModelError: There is no object detector or no two-tower model, or one of them is broken.
    """
    if models.objects() is None:
        raise ModelError(NO_DETECTOR)
    model = models.two_tower()
    if model is None:
        raise ModelError(NO_MODEL)
    return Regions(model)
