"""The things in pictures as vectors of their own, so that a region can be found by words and by examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fototeca.assets import Object, Owner
from fototeca.catalog import Findings
from fototeca.errors import ModelError
from fototeca.library.enrichment.objects import NO_DETECTOR
from fototeca.library.enrichment.stage import PICTURES, Look, StageSpace
from fototeca.library.models import NO_MODEL, Models, space_of
from fototeca.library.pictures import MARGIN, crop

if TYPE_CHECKING:
    from fototeca.vision import TwoTower


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
        crops = [crop(picture, thing.box, MARGIN) for picture, thing in things]
        vectors = self._model.embed_images(crops).astype("<f2")
        found = {thing.id: vector.tobytes() for (_, thing), vector in zip(things, vectors, strict=True)}
        return [
            Findings(space=self.space.name, vectors={thing.id: found[thing.id] for thing in _shown(look)})
            for look in looks
        ]


def _shown(look: Look) -> list[Object]:
    """What is in the picture itself, and not in another moment of a video."""
    return [thing for thing in look.asset.objects if thing.frame_id is None]


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
