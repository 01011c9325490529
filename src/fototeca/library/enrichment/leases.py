"""Keeps a worker's jobs its own for as long as it lives."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Self

from fototeca.assets import Job
from fototeca.catalog.jobs import Queue
from fototeca.errors import Conflict, FototecaError

LEASE = timedelta(seconds=30)
"""After so long without a sign of life a job goes to another worker."""

_log = logging.getLogger(__name__)


class Leases:
    """Extends the leases of the jobs that are held, from a thread of its own."""

    def __init__(self, queue: Queue, lease: timedelta = LEASE) -> None:
        self._queue = queue
        self._lease = lease
        self._held: dict[int, Job] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._extend_all, name="leases", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def claim(self, kinds: list[str], workspace_id: int) -> Job | None:
        """Claim a job and hold it."""
        job = self._queue.claim(kinds, self._lease, workspace_id)
        if job is not None:
            with self._lock:
                self._held[job.id] = job
        return job

    def let_go(self, job: Job, how: Callable[[Job], None]) -> None:
        """End the work at a job, unless it went to another worker meanwhile."""
        with self._lock:
            self._held.pop(job.id, None)
        with suppress(Conflict):
            how(job)

    def _extend_all(self) -> None:
        while not self._over.wait(self._lease.total_seconds() / 3):
            with self._lock:
                held = list(self._held.values())
            for job in held:
                try:
                    self._queue.extend(job, self._lease)
                except Conflict:
                    continue  # done meanwhile, or lost; its worker learns it at the end
                except FototecaError as error:
                    _log.warning("a lease could not be extended: %s", error.message)
