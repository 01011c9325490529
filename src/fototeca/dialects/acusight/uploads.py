"""Uploads into a batch, and the jobs that they leave."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Annotated, Any, TypeAlias
from uuid import uuid4

from fastapi import Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from fototeca.assets import Asset, Batch, JobState, Status
from fototeca.catalog import MembershipPatch
from fototeca.dialects.acusight import inbox, render, shapes
from fototeca.dialects.acusight.batches import found
from fototeca.dialects.acusight.errors import NotOffered, refuse
from fototeca.dialects.acusight.requests import Id, Reader, Writer
from fototeca.errors import FototecaError, InvalidInput, MediaTooLarge, NotFound
from fototeca.http import Caller, Context, Router, answering, kept
from fototeca.library import Library

router = Router(route_class=answering(refuse), prefix="/api/data", tags=["data"])

MAX_FILES = 50
JOBS = "acusight_job"
"""Kind of the entries that keep what became of uploads of many files."""
_JobId: TypeAlias = Annotated[str, Path(max_length=64)]
_LONGEST_PATH = 1_024
_LONGEST_NAME = 255
_STATES = {
    JobState.QUEUED: "queued",
    JobState.RUNNING: "processing",
    JobState.DONE: "completed",
    JobState.FAILED: "failed",
}


def _form(required: list[str], **properties: Any) -> dict[str, Any]:
    """Describe a form, which the route reads by itself."""
    schema = {"type": "object", "properties": properties, "required": required}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


_FILE = {"type": "string", "format": "binary"}


def store(
    context: Context,
    library: Library,
    batch: Batch,
    file: UploadFile,
    name: str,
    *,
    most: int | None = None,
    **given: Any,
) -> tuple[Asset, bool]:
    """Take a file in and put it into a batch; bytes that are there already join it if they are in none.

    Raises:
        MediaError: The file cannot be read, or is too large.
    """
    if most is not None and (file.size or 0) > most:
        raise MediaTooLarge(f"an image has at most {most:,} bytes here")
    collection = inbox.ensure(library).id if batch.collection_id is None else batch.collection_id
    with context.metrics.upload_failures(), kept(file.file, file.size or 0) as source:
        asset, duplicate = library.upload(source, name, **given)
    context.metrics.upload("duplicate" if duplicate else "added")
    if asset.status is Status.TRASHED:
        library.restore([asset.id])
    if not any(m.batch_id is not None for m in asset.memberships):
        library.collections.put(collection, [asset.id], MembershipPatch(batch_id=batch.id))
    return library.get(asset.id), duplicate


@router.post(
    "/batches/{id}/uploads",
    operation_id="uploadImage",
    summary="Upload an image into a batch",
    status_code=201,
    responses={200: {"model": shapes.One[shapes.Image]}, 201: {"model": shapes.One[shapes.Image]}},
    openapi_extra=_form(["file"], file=_FILE, path={"type": "string"}),
)
async def upload(request: Request, caller: Writer, id: Id) -> Response:  # noqa: A002 - named as in the description
    """Store one file; 200 instead of 201 says that its bytes were there already."""
    async with request.form() as form:
        return await run_in_threadpool(_upload, caller, id, form)


@router.post(
    "/batches/{id}/uploads/stream",
    operation_id="uploadImages",
    summary="Upload many images into a batch",
    status_code=202,
    responses={202: {"model": shapes.One[shapes.Job]}},
    openapi_extra=_form(
        ["files"], files={"type": "array", "items": _FILE, "maxItems": MAX_FILES}, paths={"type": "string"}
    ),
)
async def upload_many(request: Request, caller: Writer, id: Id) -> Response:  # noqa: A002 - as above
    """Store up to fifty files; the job tells which of them could not be read."""
    async with request.form() as form:
        return await run_in_threadpool(_upload_many, caller, id, form)


@router.get(
    "/jobs/{id}",
    operation_id="getJob",
    summary="Get a job",
    responses={200: {"model": shapes.One[shapes.Job]}},
)
def get_job(caller: Reader, id: _JobId) -> Response:  # noqa: A002 - as above
    """Return what became of an upload of many files, or of other work."""
    with suppress(NotFound):
        return render.one(caller.library.entries.get(JOBS, id).value)
    try:
        job = caller.library.jobs.get(id)
    except NotFound:
        raise NotFound(f"there is no job {id}") from None
    shown: shapes.Job = {
        "job_id": job.uuid,
        "status": _STATES[job.state],
        "progress": 1.0 if job.state is JobState.DONE else 0.0,
        "message": job.kind,
        "created_at": render.moment(job.created),
    }
    if job.error:
        shown["error"] = job.error
    if job.result is not None:
        shown["result"] = job.result
    if job.state in {JobState.DONE, JobState.FAILED}:
        shown["completed_at"] = render.moment(job.updated)
    return render.one(shown)


@router.post("/agent/images/notify", operation_id="notifyImage", summary="Tell of an image stored elsewhere")
def notify(caller: Writer) -> Response:
    """Refuse: an image is known here once its bytes are."""
    raise NotOffered(f'images of "{caller.library.workspace.name}" must be uploaded, not only be told of')


def _upload(caller: Caller, id_: int, form: FormData) -> Response:
    library = caller.library
    batch = found(library, id_)
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise InvalidInput("the form needs a file", field="file")
    path = form.get("path")
    folder, name = place(path if isinstance(path, str) and path else file.filename or "upload")
    asset, duplicate = store(caller.context, library, batch, file, name, folder=folder)
    unassigned = inbox.find(library)
    membership = next((m for m in asset.memberships if m.batch_id == batch.id), inbox.chief(asset, unassigned))
    shown = render.image(caller, asset, membership, unassigned, with_url=False, with_annotations=False)
    return render.one(shown, 200 if duplicate else 201)


def _upload_many(caller: Caller, id_: int, form: FormData) -> Response:
    library = caller.library
    batch = found(library, id_)
    files = [part for part in form.getlist("files") if isinstance(part, UploadFile)]
    if not 0 < len(files) <= MAX_FILES:
        raise InvalidInput(f"send 1 to {MAX_FILES} files", field="files", allowed=f"1 to {MAX_FILES}")
    text = form.get("paths")
    paths = text.removesuffix("\n").split("\n") if isinstance(text, str) and text else []
    if paths and len(paths) != len(files):
        raise InvalidInput("paths must have one line for each file", field="paths")
    started = datetime.now(UTC)
    stored: list[int] = []
    failed: list[dict[str, str]] = []
    for at, file in enumerate(files):
        path = paths[at].rstrip("\r") if paths else file.filename or "upload"
        try:
            folder, name = place(path)
            asset, _ = store(caller.context, library, batch, file, name, folder=folder)
            stored.append(asset.id)
        except FototecaError as error:
            failed.append({"path": path[:_LONGEST_PATH], "error": error.message})
    job: dict[str, Any] = {
        "job_id": uuid4().hex,
        "status": "completed" if stored or not failed else "failed",
        "progress": 1.0,
        "message": f"{len(stored)} of {len(files)} files stored",
        "result": {"batch_id": batch.id, "image_ids": stored, "failed": failed},
        "created_at": render.moment(started),
        "completed_at": render.moment(datetime.now(UTC)),
    }
    if failed:
        job["error"] = f"{len(failed)} files could not be read"
    library.entries.put(JOBS, job["job_id"], job)
    return render.one(job, 202)


def place(path: str) -> tuple[str, str]:
    """Return the folder and the name that a relative path stands for.

    Raises:
        InvalidInput: It leads outside of where it begins, or is too long.
    """
    parts = PurePosixPath(path.replace("\\", "/")).parts
    parts = parts[1:] if parts[:1] == ("/",) else parts
    if not parts or ".." in parts or len(path) > _LONGEST_PATH or len(parts[-1]) > _LONGEST_NAME:
        raise InvalidInput(f"{path[:100]!r} is not a relative path to a file", field="path")
    return "/".join(parts[:-1]), parts[-1]
