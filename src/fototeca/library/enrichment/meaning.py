"""Whole pictures as vectors of a two-tower model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fototeca.assets import Owner
from fototeca.catalog import Findings
from fototeca.errors import ModelError
from fototeca.library.enrichment.stage import PICTURES, Look, StageSpace
from fototeca.library.models import NO_MODEL, Models, space_of

if TYPE_CHECKING:
    from fototeca.vision import TwoTower


class Meaning:
    """Embeds pictures."""

    name = "meaning"
    kinds = PICTURES
    renews: tuple[str, ...] = ()

    def __init__(self, model: TwoTower) -> None:
        self._model = model
        self.maker = space_of(model)
        self.space = StageSpace(self.maker, model.dimension, Owner.ASSET, self.maker)

    def look(self, looks: Sequence[Look]) -> list[Findings]:
        """Give each picture its vector."""
        vectors = self._model.embed_images([look.picture for look in looks]).astype("<f2")
        return [
            Findings(space=self.space.name, vectors={look.asset.id: vector.tobytes()})
            for look, vector in zip(looks, vectors, strict=True)
        ]


def open_stage(models: Models) -> Meaning:
    """Open the stage.

    Raises:
        ModelError: There is no two-tower model, or it is broken.
    """
    model = models.two_tower()
    if model is None:
        raise ModelError(NO_MODEL)
    return Meaning(model)
