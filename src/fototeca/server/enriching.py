"""Shows new photos to the models beside the requests, so that no upload waits for them."""

from __future__ import annotations

import logging
import threading
import time
from typing import Self

from fototeca.errors import FototecaError
from fototeca.library import Installation

_IDLE_SECONDS = 1.0
_PATIENCE = 20
"""Of an idle server's time, at most one part in so many goes into asking many workspaces whether there is work."""
_TURN_SECONDS = 10.0
"""How long one workspace is worked for while others may wait."""

_log = logging.getLogger(__name__)


class BackgroundEnricher:
    """A thread that enriches the workspaces in turn, for as long as there is something to do. Use it in a `with`.

    First it uses the model in use once, so that the first person to search does not wait for it to be read.
    """

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="enricher")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the work after the batch that is being looked at."""
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        self._warm_up()
        while not self._over.is_set():
            started = time.monotonic()
            try:
                worked = [self._turn(workspace.name) for workspace in self._installation.workspaces()]
            except FototecaError as error:
                _log.warning("enriching pauses: %s", error.message)
                worked = []
            except Exception:  # noqa: BLE001 - it is logged, and the server must go on
                _log.exception("enriching met a defect, and goes on")
                worked = []
            if not any(worked):
                self._over.wait(max(_IDLE_SECONDS, _PATIENCE * (time.monotonic() - started)))

    def _warm_up(self) -> None:
        try:
            model = self._installation.models.two_tower()
            if model is not None:
                model.warm_up()
        except FototecaError as error:
            _log.warning("searches by meaning will fail: %s", error.message)

    def _turn(self, workspace: str) -> bool:
        """Work for one workspace for a while; return whether there was something to do."""
        if self._over.is_set():
            return False
        enricher = self._installation.library(workspace).enricher
        if not enricher.pending():
            return False
        until = time.monotonic() + _TURN_SECONDS
        enricher.run(stopping=lambda: self._over.is_set() or time.monotonic() > until)
        return True
