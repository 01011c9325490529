"""Routes and the task of data sets that come as a zip: where to put it, and how far the unpacking is."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import uuid4

from fastapi import Request
from pydantic import Field
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from fototeca.assets import JobState
from fototeca.blobs import Blobs
from fototeca.catalog.inputs import checked_name
from fototeca.dialects.roboflow.annotations.dataset import SUFFIXES, DatasetNotes
from fototeca.dialects.roboflow.annotations.shapes import Shape
from fototeca.dialects.roboflow.facts import checked_tags
from fototeca.dialects.roboflow.projects import Project, Projects
from fototeca.dialects.roboflow.roboql.filters import SPLITS
from fototeca.dialects.roboflow.surface import Body, Lenient, Reader, Writer, make_router, understood
from fototeca.dialects.roboflow.taking import DEFAULT_BATCH, DEFAULT_SPLIT, Given, annotate, frame_of, take
from fototeca.dialects.roboflow.tasks import OnProgress, awaited, task, work_off
from fototeca.errors import Conflict, FototecaError, InvalidInput, LimitExceeded, NotFound
from fototeca.http import Context, context_of
from fototeca.ingest import ArchiveLimits, Failure, Item, Skipped
from fototeca.ingest.archives import unpack
from fototeca.ingest.names import path_parts, readable
from fototeca.library import Installation, Library

router = make_router()

ZIP = "roboflow_zip"
"""Kind of the tasks that unpack, and of the entries that announce them."""
LIMITS = ArchiveLimits(member_bytes=256 * 2**20, total_bytes=16 * 2**30, members=50_000)
_NOTE_BYTES, _NOTES_BYTES = 64 * 2**20, 256 * 2**20
_MOST_TOLD = 100
_SPLIT_FOLDERS = {name: name for name in SPLITS} | {"val": "valid", "validation": "valid"}
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class Announced(Lenient):
    """What is said of all images of a zip."""

    overwrite: bool = Field(default=False, alias="annotationOverwrite")
    split: str | None = None
    tags: tuple[str, ...] = ()
    batch: str = Field(default=DEFAULT_BATCH, alias="batchName")


@router.post("/{workspace}/{project}/upload/zip")
def announce(caller: Writer, project: str, body: Body) -> dict[str, str]:
    """Tell where to put a zip, and under which id to ask for it afterwards."""
    home = Projects(caller.library).get(project)
    asked = understood(Announced, body)
    if asked.split is not None and asked.split not in SPLITS:
        raise InvalidInput(f'"{asked.split[:40]}" is no split', field="split", allowed=", ".join(SPLITS))
    key = uuid4().hex
    batch = checked_name(readable(asked.batch), "batch")
    said = {"split": asked.split, "batch": batch, "tags": list(checked_tags(asked.tags))}
    value = {"overwrite": asked.overwrite, "project": home.id, **said}
    caller.library.entries.create(ZIP, key, value)
    path = f"/{caller.principal.workspace.name}/upload/zip/{key}/file"
    return {"signedUrl": caller.origin + caller.context.links.sign_path(path), "taskId": key}


@router.put("/{workspace}/upload/zip/{key}/file")
async def put_file(request: Request, workspace: str, key: str, expires: str = "", signature: str = "") -> Response:
    """Take the zip, by its signed link and without a key."""
    context = context_of(request)
    context.links.check_path(f"/{workspace}/upload/zip/{key}/file", expires, signature)
    with tempfile.TemporaryDirectory(prefix="fototeca-") as folder:
        file = Path(folder) / "upload.zip"
        with file.open("wb") as target:
            async for chunk in request.stream():
                await run_in_threadpool(target.write, chunk)
        await run_in_threadpool(_begin, context, workspace, key, file)
    return JSONResponse({}, background=BackgroundTask(work_off, context.installation))


def _begin(context: Context, workspace: str, key: str, file: Path) -> None:
    library = context.installation.library(workspace)
    value = library.entries.get(ZIP, key).value
    if "job" in value:
        raise Conflict("this link has been used; announce another zip")
    blob = f"uploads/{key}.zip"
    context.installation.blobs.put(blob, file)
    job = library.jobs.enqueue(ZIP, {**value, "blob": blob})
    library.entries.put(ZIP, key, {**value, "job": job.uuid})


@router.get("/{workspace}/upload/zip/{key}")
def zip_status(caller: Reader, key: str) -> Response:
    """Tell how far the unpacking is."""
    try:
        value = caller.library.entries.get(ZIP, key).value
    except NotFound:
        raise NotFound(f'there is no upload "{key[:64]}"') from None
    if "job" not in value:
        return JSONResponse({"taskId": key, "status": "pending", "progress": {"current": 0}})
    job = awaited(caller, value["job"], ZIP)
    result = job.result or {}
    if job.state is JobState.DONE:
        return JSONResponse(
            {"taskId": key, "status": "completed", "progress": {"current": result["images"]}, "result": result}
        )
    if job.state is JobState.FAILED:
        told = {"taskId": key, "status": "failed", "error": job.error, "result": {"error": job.error}}
        return JSONResponse(told)
    shown = {"taskId": key, "status": "running", "progress": {"current": result.get("current", 0)}}
    return JSONResponse(shown, background=BackgroundTask(work_off, caller.context.installation))


# --- the task ---------------------------------------------------------------------------------------------------------


@task(ZIP)
def _unpack(installation: Installation, library: Library, payload: dict[str, Any], told: OnProgress) -> dict[str, Any]:
    with _fetched(installation.blobs, payload["blob"]) as file:
        result = _Unpacking(library, payload).run(file, told)
    installation.blobs.delete(payload["blob"])
    return result


@contextmanager
def _fetched(blobs: Blobs, key: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fototeca-") as folder:
        file = Path(folder) / "upload.zip"
        with file.open("wb") as target:
            for chunk in blobs.stream(key):
                target.write(chunk)
        yield file


class _Unpacking:
    """One zip being taken in; no file stops the others."""

    def __init__(self, library: Library, payload: dict[str, Any]) -> None:
        self._library = library
        self._payload = payload
        self._home: Project = Projects(library).by_id[payload["project"]]
        self._images = self._duplicates = self._annotated = self._kept = 0
        self._failed: list[dict[str, str]] = []
        self._failures = 0

    def run(self, file: Path, told: OnProgress) -> dict[str, Any]:
        """Take everything in, and say what became of it."""
        notes = DatasetNotes(dict(_notes(file)))
        for path, error in notes.errors:
            self._fail(path, error)
        for found in unpack(file, "upload.zip", "upload.zip", "", LIMITS):
            match found:
                case Failure(path, error):
                    self._fail(path, error)
                case Skipped():
                    continue
                case Item():
                    self._item(found, notes)
                    told(self._images, 0)
        return {
            "images": self._images,
            "duplicates": self._duplicates,
            "annotated": self._annotated,
            "alreadyAnnotated": self._kept,
            "failed": self._failures,
            "failedItems": self._failed,
        }

    def _item(self, item: Item, notes: DatasetNotes) -> None:
        path = f"{item.folder}/{item.filename}" if item.folder else item.filename
        try:
            upload = partial(self._library.upload, item.path, item.filename)
            asset, duplicate = take(self._library, self._home, upload, self._given(path))
            self._images += 1
            self._duplicates += duplicate
            shapes = notes.of(path, frame_of(asset))
            if shapes is None:
                shapes = self._by_folder(path)
            if shapes is not None:
                overwrite = self._payload["overwrite"]
                annotate(self._library, self._home, asset, shapes, overwrite=overwrite, into_dataset=True)
                self._annotated += 1
        except Conflict:
            self._kept += 1
        except FototecaError as error:
            self._fail(path, error.message)
        finally:
            item.close()

    def _given(self, path: str) -> Given:
        folders = [_SPLIT_FOLDERS.get(part.lower()) for part in PurePosixPath(path).parts[:-1]]
        split = next((folder for folder in folders if folder), self._payload["split"] or DEFAULT_SPLIT)
        return Given(split=split, batch=self._payload["batch"], tags=tuple(self._payload["tags"]))

    def _by_folder(self, path: str) -> list[Shape] | None:
        """Return the class that an image's folder is named after, in a project of classes."""
        folder = PurePosixPath(path).parent.name
        if self._home.type != "classification" or not folder or folder.lower() in _SPLIT_FOLDERS:
            return None
        return [Shape(folder)]

    def _fail(self, path: str, error: str) -> None:
        self._failures += 1
        if len(self._failed) < _MOST_TOLD:
            self._failed.append({"file": path, "error": error})


def _notes(file: Path) -> Iterator[tuple[str, str]]:
    """Read the annotation files of a zip, each and all of them bounded.

    Raises:
        InvalidInput: It is no zip, or it is damaged.
        LimitExceeded: There is too much in these files.
    """
    left = _NOTES_BYTES
    try:
        with zipfile.ZipFile(file) as archive:
            for entry in archive.infolist():
                path = "/".join(path_parts(entry.filename))
                wanted = PurePosixPath(path).suffix.lower() in SUFFIXES and not entry.flag_bits & 1
                if not wanted or entry.is_dir() or entry.compress_type not in _METHODS:
                    continue
                left -= entry.file_size
                if entry.file_size > _NOTE_BYTES or left < 0:
                    raise LimitExceeded("the zip's annotation files are too large")
                yield path, archive.read(entry).decode("utf-8", "replace")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise InvalidInput(f"the zip cannot be read: {error}") from error
