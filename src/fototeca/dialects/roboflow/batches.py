"""Routes: batches, and the annotation jobs that are made of them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from pydantic import Field

from fototeca.assets import Batch, Entry
from fototeca.dialects.roboflow import render
from fototeca.dialects.roboflow.projects import JOB, Project, Projects
from fototeca.dialects.roboflow.roboql.filters import in_project
from fototeca.dialects.roboflow.surface import Body, Lenient, Reader, Writer, make_router, understood
from fototeca.errors import InvalidInput, NotFound
from fototeca.library import Library
from fototeca.query import Query, Sort

router = make_router()

_MOST = 1_000_000


@router.get("/{workspace}/{project}/batches")
def list_batches(caller: Reader, project: str) -> dict[str, Any]:
    """Return the batches of a project, the oldest first."""
    home = Projects(caller.library).get(project)
    jobs = _jobs(caller.library, home)
    return {"batches": [render.batch(batch, jobs) for batch in caller.library.records.batches.all(home.id)]}


@router.get("/{workspace}/{project}/batches/{batch}")
def get_batch(caller: Reader, project: str, batch: str) -> dict[str, Any]:
    """Return a batch."""
    home = Projects(caller.library).get(project)
    return {"batch": render.batch(_batch(caller.library, home, batch), _jobs(caller.library, home))}


@router.get("/{workspace}/{project}/jobs")
def list_jobs(caller: Reader, project: str) -> dict[str, Any]:
    """Return the annotation jobs of a project, the oldest first."""
    home = Projects(caller.library).get(project)
    return {"jobs": [render.job(caller, entry, home) for entry in _jobs(caller.library, home)]}


@router.get("/{workspace}/{project}/jobs/{job}")
def get_job(caller: Reader, project: str, job: str) -> dict[str, Any]:
    """Return an annotation job."""
    home = Projects(caller.library).get(project)
    for entry in _jobs(caller.library, home):
        if entry.key == job:
            return render.job(caller, entry, home)
    raise NotFound("Job not found")


class NewJob(Lenient):
    """An annotation job to be made; `name` and the number of images may be left out."""

    name: str | None = None
    batch: str | None = None
    batch_id: str | None = Field(None, alias="batchId")
    num_images: int | None = Field(None, ge=1, le=_MOST)
    labeler: str | None = Field(None, alias="labelerEmail")
    reviewer: str | None = Field(None, alias="reviewerEmail")
    assignees: tuple[str, ...] = ()
    instructions: str = Field("", alias="instructionText")


@router.post("/{workspace}/{project}/jobs")
def create_job(caller: Writer, project: str, body: Body) -> dict[str, Any]:
    """Make an annotation job of a batch's images that are in no other one, or of so many of them."""
    home = Projects(caller.library).get(project)
    asked = understood(NewJob, body)
    batch = _batch(caller.library, home, asked.batch or asked.batch_id or "")
    taken = {id_ for entry in _jobs(caller.library, home) for id_ in entry.value["images"]}
    inside = Query(in_project(home.id, f"batch/{batch.id}"), sort=(Sort("id"),))
    free = [id_ for id_ in caller.library.ids(inside) if id_ not in taken][: asked.num_images]
    if not free:
        raise InvalidInput("Every image of the batch is in a job already", field="batch")
    value = {
        "name": asked.name or batch.name,
        "project": home.id,
        "batch": batch.uuid,
        "images": free,
        "labeler": asked.labeler or next(iter(asked.assignees), None),
        "reviewer": asked.reviewer,
        "instructions": asked.instructions,
    }
    return render.job(caller, caller.library.entries.create(JOB, uuid4().hex, value), home)


def _batch(library: Library, home: Project, key: str) -> Batch:
    try:
        batch = library.records.batches.get(key)
    except NotFound:
        raise NotFound("Batch not found") from None
    if batch.collection_id != home.id:
        raise NotFound("Batch not found")
    return batch


def _jobs(library: Library, home: Project) -> list[Entry]:
    return [entry for entry in library.entries.all(JOB) if entry.value["project"] == home.id]
