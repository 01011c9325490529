"""The faces in pictures, with the vectors that say whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from fototeca.assets import Owner
from fototeca.catalog import Findings, NewFace
from fototeca.errors import ModelError
from fototeca.library.enrichment.stage import PICTURES, Look, StageSpace
from fototeca.library.models import THREADS, FaceModels, Models


class Faces:
    """Detects, aligns and embeds faces; who they are is decided over all of them, by `people`."""

    name = "faces"
    kinds = PICTURES
    renews: tuple[str, ...] = ()

    def __init__(self, models: FaceModels) -> None:
        self._models = models
        self.maker = models.maker
        self.space = StageSpace(models.space, models.embedder.dimension, Owner.FACE, models.space)

    def look(self, looks: Sequence[Look]) -> list[Findings]:
        """Find the faces in each picture, each with its vector."""
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(self._findings, looks))

    def _findings(self, look: Look) -> Findings:
        detected = self._models.detector.detect(look.picture)
        vectors = self._models.embedder.embed(look.picture, detected).astype("<f2")
        faces = (
            NewFace(box=face.box, score=face.score, quality=face.quality, vector=vector.tobytes())
            for face, vector in zip(detected, vectors, strict=True)
        )
        return Findings(space=self.space.name, faces=tuple(faces))


def open_stage(models: Models) -> Faces:
    """Open the stage.

    Raises:
        ModelError: A face detector or a face embedder is missing or broken.
    """
    found = models.faces()
    if found is None:
        raise ModelError("no face detector with a face embedder is installed; see `fototeca models list`")
    return Faces(found)
