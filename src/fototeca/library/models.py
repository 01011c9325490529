"""The models of an installation: which are there, which one is in use for each task, each opened once."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from fototeca.errors import ModelError, NotFound
from fototeca.vision import FaceDetector, FaceEmbedder, InstalledModel, ObjectDetector, TwoTower, installed
from fototeca.vision.detectors import detectors, digest
from fototeca.vision.models import Task
from fototeca.vision.text import NO_READER, TextReader, installed_reader

M = TypeVar("M")

FRAMES = "/frames"
"""How the names of spaces for the moments of videos end."""

THREADS = os.cpu_count() or 1
NO_MODEL = "no model is installed; see `fototeca models list`"
"""Pictures that detectors look at side by side; each takes one thread."""


@dataclass(frozen=True, slots=True)
class FaceModels:
    """What finds faces and says whose they are.

    Attributes:
        maker: Names and digests of both.
        space: Name of the space that the embedder's vectors are in.
    """

    detector: FaceDetector
    embedder: FaceEmbedder
    maker: str
    space: str


@dataclass(frozen=True, slots=True)
class ObjectModel:
    """What finds objects; `maker` is its name and digest."""

    detector: ObjectDetector
    maker: str


class Models:
    """Safe to share between threads.

    Args:
        folder: Where models are; it may change at any time.
        choices: Folder of the files that say which model was chosen for a task.
    """

    def __init__(self, folder: Path, choices: Path) -> None:
        self._folder = folder
        self._choices = choices
        self._opened: dict[Path, Any] = {}
        self._makers: dict[str, TwoTower] = {}
        self._lock = threading.RLock()

    def installed(self) -> list[InstalledModel]:
        """Return what is there: two-tower models first, then by name, and the reader of text."""
        reader = installed_reader()
        return [*installed(self._folder), *detectors(self._folder), *([reader] if reader else [])]

    def use(self, name: str) -> None:
        """Choose the installed model of this name for its task.

        Raises:
            NotFound: There is none.
        """
        for model in self.installed():
            if model.name == name:
                self._choice(model.task).write_text(name, encoding="utf-8")
                return
        raise NotFound(f'no model "{name}" is installed in {self._folder}')

    def chosen(self, task: Task) -> InstalledModel | None:
        """Return the model in use for a task: the one that was chosen, else the only one; `None` where there is none.

        The reader of text takes a second or more for each picture, so it is only used where it was chosen.

        Raises:
            ModelError: The one that was chosen is gone, or there are several and none was chosen.
        """
        here = self._installed_for(task)
        try:
            name = self._choice(task).read_text(encoding="utf-8")
        except FileNotFoundError:
            if len(here) > 1:
                names = ", ".join(model.name for model in here)
                raise ModelError(
                    f"several models are installed ({names}); choose one with `fototeca models use`"
                ) from None
            return here[0] if here and task is not Task.TEXT else None
        for model in here:
            if model.name == name:
                return model
        raise ModelError(f'the model "{name}" is in use, and is no longer in {self._folder}')

    def two_tower(self, space: str | None = None) -> TwoTower | None:
        """Return the two-tower model in use, or the one that made a space; `None` where there is none.

        Raises:
            ModelError: As `chosen`, or it is broken.
        """
        if space is None:
            model = self.chosen(Task.MEANING)
            return None if model is None else self._two_tower(model)
        with self._lock:
            if space not in self._makers:
                towers = (self._two_tower(model) for model in installed(self._folder))
                self._makers |= {space_of(tower): tower for tower in towers}
            return self._makers.get(space)

    def faces(self) -> FaceModels | None:
        """Return what sees faces; `None` where a detector or an embedder is missing.

        Raises:
            ModelError: As `chosen`, or one of them is broken.
        """
        finding, naming = self.chosen(Task.FACES), self.chosen(Task.IDENTITY)
        if finding is None or naming is None:
            return None
        detector: FaceDetector = self._open(finding, lambda path: FaceDetector.open(path, threads=1))
        embedder: FaceEmbedder = self._open(naming, lambda path: FaceEmbedder.open(path, threads=1))
        space = named(naming)
        return FaceModels(detector, embedder, f"{named(finding)} {space}", space)

    def objects(self) -> ObjectModel | None:
        """Return what sees objects; `None` where there is none.

        Raises:
            ModelError: As `chosen`, or it is broken.
        """
        model = self.chosen(Task.OBJECTS)
        if model is None:
            return None
        detector: ObjectDetector = self._open(model, lambda path: ObjectDetector.open(path, threads=1))
        return ObjectModel(detector, named(model))

    def text(self) -> TextReader:
        """Return what reads words.

        Raises:
            ModelError: It is not installed, not chosen, or broken; the message says what to do.
        """
        if not self._installed_for(Task.TEXT):
            raise ModelError(NO_READER)
        reader = self.chosen(Task.TEXT)
        if reader is None:
            raise ModelError("text in pictures is read once you ask for it: `fototeca models use rapidocr`")
        return self._open(reader, lambda _: TextReader())

    def _installed_for(self, task: Task) -> list[InstalledModel]:
        if task is Task.TEXT:
            reader = installed_reader()
            return [] if reader is None else [reader]
        found = installed(self._folder) if task is Task.MEANING else detectors(self._folder)
        return [model for model in found if model.task is task]

    def _two_tower(self, model: InstalledModel) -> TwoTower:
        return self._open(model, TwoTower.open)

    def _open(self, model: InstalledModel, how: Callable[[Path], M]) -> M:
        with self._lock:
            if model.path not in self._opened:
                self._opened[model.path] = how(model.path)
            opened: M = self._opened[model.path]
            return opened

    def _choice(self, task: Task) -> Path:
        return self._choices / ("model" if task is Task.MEANING else f"model.{task}")


def space_of(model: TwoTower) -> str:
    """Return the name of the space that a two-tower model's vectors of whole pictures and texts are in."""
    return f"{model.name}@{model.digest}"


def frames_of(space: str) -> str:
    """Return the name of the space for the moments of videos that goes with a space of whole pictures."""
    return f"{space}{FRAMES}"


def named(model: InstalledModel) -> str:
    """Return a detector's or embedder's name and digest."""
    return f"{model.name}@{digest(model)}"
