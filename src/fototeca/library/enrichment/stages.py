"""All stages of enrichment, in the order in which they look."""

from __future__ import annotations

import threading
import time
from typing import NamedTuple

from fototeca.errors import ModelError
from fototeca.library.enrichment import faces, frames, meaning, objects, regions, text
from fototeca.library.enrichment.stage import Opener, Stage
from fototeca.library.models import Models

OPENERS: dict[str, Opener] = {
    "meaning": meaning.open_stage,
    "frames": frames.open_stage,
    "objects": objects.open_stage,
    "regions": regions.open_stage,
    "faces": faces.open_stage,
    "text": text.open_stage,
}

RECHECK_SECONDS = 5.0
"""How soon a model that is put into the folder of models is noticed."""


class Stages(NamedTuple):
    """What can be seen with the models that are installed.

    Attributes:
        ready: Stages that can look.
        waiting: Why the others cannot, by their names.
    """

    ready: list[Stage]
    waiting: dict[str, str]


class Eyes:
    """The stages of an installation, opened anew now and then, as models come and go.

    Attributes:
        openers: The functions that open them, by name, in the order in which they look.
    """

    def __init__(self, models: Models) -> None:
        self.openers = dict(OPENERS)
        self._models = models
        self._stages: Stages | None = None
        self._until = 0.0
        self._lock = threading.Lock()

    def stages(self) -> Stages:
        """Return what can be seen now, as of a few seconds ago at most."""
        with self._lock:
            if self._stages is None or time.monotonic() > self._until:
                self._stages = self._open()
                self._until = time.monotonic() + RECHECK_SECONDS
            return self._stages

    def _open(self) -> Stages:
        """Open every stage whose models are installed and usable."""
        ready: list[Stage] = []
        waiting: dict[str, str] = {}
        for name, opener in self.openers.items():
            try:
                ready.append(opener(self._models))
            except ModelError as error:
                waiting[name] = error.message
        return Stages(ready, waiting)

    def look_again(self) -> None:
        """Forget what is known: the models have changed."""
        with self._lock:
            self._stages = None
