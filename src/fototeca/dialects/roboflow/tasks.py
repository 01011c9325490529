"""Work that outlives its request: a job in the catalogue, done once the answer is on its way.

Whoever asks how far a task is offers to do it as well. So a task whose server died is done by the next one that is
asked, and an answer that is nearly ready is worth a short wait: clients ask again only seconds later.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response

from fototeca.assets import Job, JobState
from fototeca.errors import Conflict, FototecaError, NotFound
from fototeca.http import Caller
from fototeca.library import Installation, Library

LEASE = timedelta(minutes=5)
PATIENCE = 2.0
"""Seconds that a question for a task's state waits for its end."""
_PAUSE = 0.02
_STATES = {
    JobState.QUEUED: "queued",
    JobState.RUNNING: "running",
    JobState.DONE: "completed",
    JobState.FAILED: "failed",
}
_log = logging.getLogger(__name__)

OnProgress = Callable[[int, int], None]
"""Told how much of a task is done, and how much there is."""
Work = Callable[[Installation, Library, dict[str, Any], OnProgress], dict[str, Any]]
"""Does a task by its payload, and returns its result."""


_works: dict[str, Work] = {}


def task(kind: str) -> Callable[[Work], Work]:
    """Make a function the way to do the tasks of a kind."""

    def known(work: Work) -> Work:
        _works[kind] = work
        return work

    return known


def start(caller: Caller, kind: str, payload: dict[str, Any]) -> tuple[Job, BackgroundTask]:
    """Add a task; the answer to its request must carry the work."""
    job = caller.library.jobs.enqueue(kind, payload)
    return job, BackgroundTask(work_off, caller.context.installation)


def awaited(caller: Caller, key: str, kind: str) -> Job:
    """Return a task as it is at its end, or after a short wait.

    Raises:
        NotFound: The workspace has no such task.
    """
    until = time.monotonic() + PATIENCE
    while True:
        job = caller.library.jobs.get(key)
        if job.kind != kind:
            raise NotFound(f"there is no job {key}")
        if job.state in {JobState.DONE, JobState.FAILED} or time.monotonic() >= until:
            return job
        time.sleep(_PAUSE)


def status_of(caller: Caller, key: str, kind: str) -> Response:
    """Answer how far a task is."""
    job = awaited(caller, key, kind)
    over = job.state in {JobState.DONE, JobState.FAILED}
    result = job.result or {}
    body: dict[str, Any] = {"taskId": job.uuid, "status": _STATES[job.state]}
    if job.state is JobState.DONE:
        total = result.pop("total", 0)
        body |= {"progress": {"current": total, "total": total}, "result": result}
    else:
        body["progress"] = {"current": result.get("current", 0), "total": result.get("total", 0)}
        body |= {"error": job.error} if job.error else {}
    work = None if over else BackgroundTask(work_off, caller.context.installation)
    return JSONResponse(body, background=work)


def work_off(installation: Installation) -> None:
    """Do every task that is due, of any workspace, until there is none."""
    while (job := installation.catalog.queue.claim(list(_works), LEASE)) is not None:
        _do(installation, job)


def _do(installation: Installation, job: Job) -> None:
    queue = installation.catalog.queue
    extended = time.monotonic()

    def progress(current: int, total: int) -> None:
        nonlocal extended
        if time.monotonic() - extended > 1:
            queue.extend(job, LEASE, {"current": current, "total": total})
            extended = time.monotonic()

    with suppress(Conflict):  # another worker has it now
        try:
            result = _works[job.kind](installation, installation.library(job.workspace), job.payload, progress)
        except FototecaError as error:
            queue.fail(job, error.message, retry=False)
        except Exception:  # noqa: BLE001 - the task fails, not the server
            _log.exception("task %s failed", job.uuid)
            queue.fail(job, "something went wrong here; the operator finds the cause in the log", retry=False)
        else:
            queue.finish(job, result)
