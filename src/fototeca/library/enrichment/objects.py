"""The things in pictures: what they are called and where they are."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from fototeca.catalog import Findings, NewObject
from fototeca.errors import ModelError
from fototeca.library.enrichment.stage import PICTURES, Look
from fototeca.library.models import THREADS, Models, ObjectModel

NO_DETECTOR = "no object detector is installed; see `fototeca models list`"


class Objects:
    """Detects objects; their own vectors are made by the stage after it."""

    name = "objects"
    kinds = PICTURES
    space = None
    renews = ("regions",)

    def __init__(self, model: ObjectModel) -> None:
        self._detector = model.detector
        self.maker = model.maker

    def look(self, looks: Sequence[Look]) -> list[Findings]:
        """Find the objects in each picture."""
        with ThreadPoolExecutor(THREADS) as pool:
            found = list(pool.map(lambda look: self._detector.detect(look.picture), looks))
        return [
            Findings(objects=tuple(NewObject(label=thing.label, box=thing.box, score=thing.score) for thing in things))
            for things in found
        ]


def open_stage(models: Models) -> Objects:
    """Open the stage.

    Raises:
        ModelError: There is no object detector, or it is broken.
    """
    model = models.objects()
    if model is None:
        raise ModelError(NO_DETECTOR)
    return Objects(model)
