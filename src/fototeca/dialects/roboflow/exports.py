"""Routes and the task of search exports: a zip of the images that a query finds, with what is said of them."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from fastapi import Request
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response, StreamingResponse

from fototeca.assets import Annotation, Asset, JobState
from fototeca.blobs import Blobs
from fototeca.dialects.roboflow.annotations import writing
from fototeca.dialects.roboflow.annotations.shapes import Picture, Shape
from fototeca.dialects.roboflow.facts import own
from fototeca.dialects.roboflow.projects import Project, Projects
from fototeca.dialects.roboflow.query import media
from fototeca.dialects.roboflow.roboql import parse
from fototeca.dialects.roboflow.roboql.filters import of_project
from fototeca.dialects.roboflow.surface import Body, Lenient, Reader, make_router, understood
from fototeca.dialects.roboflow.taking import DEFAULT_SPLIT
from fototeca.dialects.roboflow.tasks import OnProgress, awaited, start, task, work_off
from fototeca.errors import InvalidInput, NotFound
from fototeca.http import context_of
from fototeca.ingest.names import file_name
from fototeca.library import Installation, Library
from fototeca.library.files import ORIGINAL, StoredFile
from fototeca.query import And, Query, Sort

router = make_router()

EXPORT = "roboflow_export"
"""Kind of the tasks that export."""
KEPT_FOR = timedelta(days=1)
_FOLDER = "exports"
_CHUNK = 500


class Wanted(Lenient):
    """What to export, and how."""

    query: str = "*"
    format: str = "coco"
    dataset: str | None = None
    annotationGroup: str | None = None  # noqa: N815 - named as in the body
    name: str = "roboflow"


@router.post("/{workspace}/search/export")
def start_export(caller: Reader, body: Body) -> Response:
    """Begin an export; the `link` is its id."""
    wanted = understood(Wanted, body)
    if wanted.dataset is not None and wanted.annotationGroup is not None:
        raise InvalidInput("give dataset or annotationGroup, not both", field="dataset")
    projects = Projects(caller.library)
    parse(wanted.query, projects)
    writing.format_of(wanted.format)
    if wanted.dataset is not None:
        projects.get(wanted.dataset)
    _forget_old(caller.context.installation.blobs)
    job, work = start(caller, EXPORT, {**wanted.model_dump(), "blob": f"{_FOLDER}/{uuid4().hex}.zip"})
    return JSONResponse({"success": True, "link": job.uuid}, 202, background=work)


@router.get("/{workspace}/search/export/{key}")
def export_status(caller: Reader, key: str) -> Response:
    """Tell whether an export is ready, and then where it lies."""
    job = awaited(caller, key, EXPORT)
    if job.state is JobState.FAILED:
        raise InvalidInput(f"the export failed: {job.error}")
    if job.state is not JobState.DONE:
        return JSONResponse({"ready": False}, background=BackgroundTask(work_off, caller.context.installation))
    if not caller.context.installation.blobs.exists(job.payload["blob"]):
        raise NotFound("the export is no longer kept: export again")
    path = _path(caller.principal.workspace.name, key)
    return JSONResponse({"ready": True, "link": caller.origin + caller.context.links.sign_path(path)})


def _path(workspace: str, key: str) -> str:
    return f"/{workspace}/exports/{key}/download"


@router.get("/{workspace}/exports/{key}/download")
def download(request: Request, workspace: str, key: str, expires: str = "", signature: str = "") -> Response:
    """Return an export by its signed link, without a key."""
    context = context_of(request)
    context.links.check_path(_path(workspace, key), expires, signature)
    job = context.installation.library(workspace).jobs.get(key)
    size = context.installation.blobs.head(job.payload["blob"]).size
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_ ") else "_" for c in job.payload["name"])
    headers = {"Content-Length": str(size), "Content-Disposition": f'attachment; filename="{name}.zip"'}
    return StreamingResponse(
        context.installation.blobs.stream(job.payload["blob"]), headers=headers, media_type="application/zip"
    )


def _forget_old(blobs: Blobs) -> None:
    """Remove the exports that are no longer kept."""
    for key in list(blobs.list(_FOLDER)):
        if datetime.now(UTC) - blobs.head(key).modified > KEPT_FOR:
            blobs.delete(key)


# --- the task ---------------------------------------------------------------------------------------------------------


@task(EXPORT)
def _export(installation: Installation, library: Library, payload: dict[str, Any], told: OnProgress) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="fototeca-") as folder:
        file = Path(folder) / "export.zip"
        count = _Export(library, payload).write(file, told)
        installation.blobs.put(payload["blob"], file)
    return {"total": count}


class _Export:
    """One export being written."""

    def __init__(self, library: Library, payload: dict[str, Any]) -> None:
        self._library = library
        self._format = writing.format_of(payload["format"])
        self._projects = Projects(library)
        where = [parse(payload["query"], self._projects).where, media(None)]
        self._home: Project | None = None
        if payload["dataset"] is not None:
            self._home = self._projects.get(payload["dataset"])
            where.append(of_project(self._home.id))
        self._group = payload["annotationGroup"]
        self._query = Query(And(tuple(where)), sort=(Sort("id"),))
        self._splits: dict[str, list[Picture]] = {}
        self._names: set[str] = set()

    def write(self, file: Path, told: OnProgress) -> int:
        """Write the zip; returns how many images are in it."""
        ids = self._library.ids(self._query)
        with zipfile.ZipFile(file, "w") as archive:
            for begin in range(0, len(ids), _CHUNK):
                for asset in self._library.load(ids[begin : begin + _CHUNK]):
                    stored = self._library.file(asset, ORIGINAL)
                    if stored is not None:
                        self._add(archive, asset, stored)
                told(begin, len(ids))
            for path, data in writing.files(self._format, self._splits):
                archive.writestr(path, data, zipfile.ZIP_DEFLATED)
        return sum(map(len, self._splits.values()))

    def _add(self, archive: zipfile.ZipFile, asset: Asset, stored: StoredFile) -> None:
        split, name = self._split(asset), self._name(asset)
        shapes = tuple(Shape(said.label, said.box, said.polygon, said.confidence) for said in self._said(asset))
        picture = Picture(name, asset.filename, asset.width, asset.height, own(asset.metadata), shapes)
        self._splits.setdefault(split, []).append(picture)
        # Pictures are compressed already.
        entry = zipfile.ZipInfo(f"{writing.folder_of_images(self._format, split)}/{name}")
        with archive.open(entry, "w", force_zip64=True) as target:
            for chunk in stored.read(0, stored.size):
                target.write(chunk)

    def _split(self, asset: Asset) -> str:
        """Return the image's split in the project that is exported, else in the first of its projects that has one."""
        places = [each for each in asset.memberships if each.collection_id in self._projects.by_id]
        if self._home is not None:
            places = [each for each in places if each.collection_id == self._home.id]
        elif self._group is not None:
            places.sort(key=lambda each: self._projects.by_id[each.collection_id].group != self._group)
        return next((each.split for each in places if each.split), DEFAULT_SPLIT)

    def _said(self, asset: Asset) -> Sequence[Annotation]:
        if self._home is not None:
            return self._projects.annotations(asset, self._home)
        if self._group is None:
            return asset.annotations
        group = {each.id for each in self._projects.all if each.group == self._group}
        return [said for said in asset.annotations if said.collection_id in group]

    def _name(self, asset: Asset) -> str:
        """Return a name for the image whose stem no other one has, as formats with a file for each image need."""
        plain = "".join("_" if c in ':*?"<>|' else c for c in file_name(asset.filename))
        stem, dot, suffix = plain.rpartition(".")
        stem, suffix = (stem, suffix) if dot and stem else (plain, asset.format)
        if stem.casefold() in self._names:
            stem = f"{stem}-{asset.uuid[:12]}"
        self._names.add(stem.casefold())
        return f"{stem}.{suffix}"
