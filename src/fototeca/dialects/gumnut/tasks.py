"""`/api/tasks/`: work that is done beside the requests."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends
from pydantic import Field
from starlette.responses import Response

from fototeca.assets import Job, JobState
from fototeca.dialects.gumnut import identifiers
from fototeca.dialects.gumnut.assets import asset_of
from fototeca.dialects.gumnut.errors import answer
from fototeca.dialects.gumnut.render import Json, utc
from fototeca.dialects.gumnut.requests import Params, Reader, Routes, from_query
from fototeca.dialects.gumnut.scope import resolve
from fototeca.errors import NotFound
from fototeca.library import Library

router = Routes()

_TYPES = {"enrich": "embedding"}
"""Kinds of our jobs, and what Gumnut calls such work; jobs of other kinds are of no concern to its clients."""
_STATES = {
    JobState.QUEUED: "pending",
    JobState.RUNNING: "started",
    JobState.DONE: "success",
    JobState.FAILED: "failure",
}


class TaskList(Params):
    """Which tasks to list."""

    library_id: str | None = None
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100
    status: Literal["pending", "started", "success", "failure"] | None = None
    task_type: str | None = None


@router.get("/api/tasks/")
def list_tasks(caller: Reader, asked: Annotated[TaskList, Depends(from_query(TaskList))]) -> Response:
    """List tasks at once, the newest first."""
    resolve(caller.library, asked.library_id)
    tasks = [
        task
        for task in _tasks(caller.library)
        if asked.status in {None, task["status"]} and asked.task_type in {None, task["task_type"]}
    ]
    return answer(tasks[: asked.limit])


@router.get("/api/tasks/asset/{asset_id}")
def list_tasks_of_asset(caller: Reader, asset_id: str) -> Response:
    """List the tasks about one asset, the newest first."""
    asset = asset_of(caller.library, asset_id)
    jobs = (job for kind in _TYPES for job in caller.library.jobs.all(kind=kind) if asset.id in _about(job))
    return answer([_shown(caller.library, job) | {"asset_id": asset_id} for job in jobs])


@router.get("/api/tasks/{task_id}")
def get_task(caller: Reader, task_id: str) -> Response:
    """Return a task."""
    job = caller.library.jobs.get(identifiers.decode(identifiers.TASK, task_id))
    if job.kind not in _TYPES:
        raise NotFound(f'there is no task "{task_id}"')
    return answer(_shown(caller.library, job))


def _tasks(library: Library) -> list[Json]:
    return [_shown(library, job) for kind in _TYPES for job in library.jobs.all(kind=kind)]


def _about(job: Job) -> list[int]:
    """Return the numbers of the assets that a job is about; one job may look at many."""
    return list(job.payload.get("assets", ()))


def _shown(library: Library, job: Job) -> Json:
    about = _about(job)
    assets = library.load(about) if len(about) == 1 else []
    ended = job.state in {JobState.DONE, JobState.FAILED}
    return {
        "id": identifiers.encode(identifiers.TASK, job.uuid),
        "celery_task_id": job.uuid,
        "created_at": utc(job.created),
        "retry_count": max(0, job.attempts - 1),
        "status": _STATES[job.state],
        "task_type": _TYPES[job.kind],
        "asset_id": identifiers.encode(identifiers.ASSET, assets[0].uuid) if assets else None,
        "started_at": utc(job.updated) if job.attempts else None,
        "completed_at": utc(job.updated) if ended else None,
        "error_message": job.error,
        "result": None,
        "outcome": None,
    }
