"""Stages that need no model: they see colours."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from fototeca.assets import Owner
from fototeca.catalog import Findings, NewFace, NewObject
from fototeca.errors import ModelError
from fototeca.library.enrichment.stage import PICTURES, Look, StageSpace
from fototeca.library.models import Models

WHOLE = (0.0, 0.0, 1.0, 1.0)


def direction(look: Look) -> bytes:
    """The mean colour, as a vector."""
    mean = look.picture.reshape(-1, 3).mean(axis=0) + 1
    return bytes((mean / np.linalg.norm(mean)).astype("<f2").tobytes())


class Colours:
    """Finds one object in each picture, labelled by its strongest colour; what it is asked to, it fails at."""

    name = "objects"
    kinds = PICTURES
    space = None
    renews = ("regions",)

    def __init__(self, maker: str = "colours@1", *, fails: Sequence[str] = (), broken: bool = False) -> None:
        self.maker = maker
        self.fails = set(fails)
        self.broken = broken
        self.error: Exception = ValueError("what a strange picture")
        self.looked: list[int] = []
        self.seconds = 0.0

    def look(self, looks: Sequence[Look]) -> list[Findings]:
        if self.broken:
            raise ModelError("the colours are broken")
        if any(look.asset.filename in self.fails for look in looks):
            raise self.error
        time.sleep(self.seconds)
        self.looked += [look.asset.id for look in looks]
        return [Findings(objects=(NewObject(label=_label(look), box=WHOLE, score=0.9),)) for look in looks]

    def open(self, _models: Models) -> Colours:
        return self


class Faces:
    """Finds one face in each picture, alike where the colours are."""

    name = "faces"
    kinds = PICTURES
    renews: tuple[str, ...] = ()
    space = StageSpace("hues@1", 3, Owner.FACE, "hues@1")

    def __init__(self, maker: str = "hues@1") -> None:
        self.maker = maker

    def look(self, looks: Sequence[Look]) -> list[Findings]:
        return [
            Findings(space=self.space.name, faces=(NewFace(box=WHOLE, score=0.9, quality=0.9, vector=direction(look)),))
            for look in looks
        ]

    def open(self, _models: Models) -> Faces:
        return self


def _label(look: Look) -> str:
    return ("red", "green", "blue")[int(look.picture.reshape(-1, 3).mean(axis=0).argmax())]
