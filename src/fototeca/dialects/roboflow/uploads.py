"""Routes: images sent as a form, in base64 or by their URL, and annotations of them."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, QueryParams, UploadFile

from fototeca.assets import Asset
from fototeca.catalog.inputs import checked_name
from fototeca.dialects.roboflow.annotations import reading
from fototeca.dialects.roboflow.annotations.shapes import Shape
from fototeca.dialects.roboflow.facts import SEQUENCE, checked_tags, flattened
from fototeca.dialects.roboflow.projects import Project, Projects, place
from fototeca.dialects.roboflow.roboql.filters import SPLITS
from fototeca.dialects.roboflow.surface import Writer, make_router
from fototeca.dialects.roboflow.taking import DEFAULT_BATCH, DEFAULT_SPLIT, Given, annotate, frame_of, predict, take
from fototeca.errors import InvalidInput, NotFound
from fototeca.http import Caller, decoded, kept
from fototeca.ingest.names import file_name, readable

router = make_router()

_SEQUENCE_SIZE = 100_000
"""Size of a series that is not told."""


@router.post("/{workspace}/{project}/upload")
@router.post("/dataset/{project}/upload")  # tried first
async def upload(caller: Writer, project: str, request: Request) -> dict[str, Any]:
    """Add an image to a project."""
    query = request.query_params
    if request.headers.get("content-type", "").startswith("multipart/"):
        async with request.form(max_files=1, max_fields=100) as form:
            return await run_in_threadpool(_add_form, caller, project, query, form)
    body = await request.body()
    return await run_in_threadpool(_add_text, caller, project, query, body)


def _add_form(caller: Caller, project: str, query: QueryParams, form: FormData) -> dict[str, Any]:
    home = Projects(caller.library).get(project)
    file = next((part for part in form.values() if isinstance(part, UploadFile)), None)
    if file is None:
        raise InvalidInput('the form holds no file named "file"', field="file")
    told = {name: value for name, value in form.items() if isinstance(value, str)}
    name = told.get("name") or query.get("name") or file.filename or ""
    given = _given(query, told)
    with caller.context.metrics.upload_failures(), kept(file.file, file.size or 0) as source:
        upload = partial(caller.library.upload, source, file_name(name))
        return _done(caller, *take(caller.library, home, upload, given))


def _add_text(caller: Caller, project: str, query: QueryParams, body: bytes) -> dict[str, Any]:
    home = Projects(caller.library).get(project)
    name, url, given = query.get("name", ""), query.get("image", ""), _given(query, {})
    with caller.context.metrics.upload_failures():
        if url:
            upload = partial(caller.library.upload_url, url, file_name(name) if name else None)
        elif body.strip():
            data = decoded(body.decode("ascii", "replace"), "body")
            upload = partial(caller.library.upload, data, file_name(name))
        else:
            raise InvalidInput('send an image: as a form, in base64, or by its URL as "image"', field="file")
        return _done(caller, *take(caller.library, home, upload, given))


def _done(caller: Caller, asset: Asset, duplicate: bool) -> dict[str, Any]:  # noqa: FBT001 - what `take` returns
    caller.context.metrics.upload("duplicate" if duplicate else "added")
    return {"duplicate" if duplicate else "success": True, "id": asset.uuid}


def _given(query: QueryParams, told: dict[str, str]) -> Given:
    """Read what is said of an image, in the form or else in the query."""
    split = told.get("split") or query.get("split") or DEFAULT_SPLIT
    if split not in SPLITS:
        raise InvalidInput(f'"{split[:40]}" is no split', field="split", allowed=", ".join(SPLITS))
    metadata = told.get("metadata") or query.get("metadata")
    return Given(
        split=split,
        batch=checked_name(readable(query.get("batch") or told.get("batch") or DEFAULT_BATCH), "batch"),
        tags=checked_tags(query.getlist("tag")),
        metadata=flattened(_object(metadata) if metadata else {}) | _sequence(query),
    )


def _object(text: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise InvalidInput("metadata must be a JSON object", field="metadata") from error
    if not isinstance(found, dict):
        raise InvalidInput("metadata must be a JSON object", field="metadata")
    return found


def _sequence(query: QueryParams) -> dict[str, int]:
    number = query.get("sequence_number")
    if number is None:
        return {}
    values = (number, query.get("sequence_size", str(_SEQUENCE_SIZE)))
    if not all(value.isascii() and value.isdigit() and len(value) < 10 for value in values):
        raise InvalidInput("sequence_number and sequence_size are whole numbers", field="sequence_number")
    return dict(zip(SEQUENCE, map(int, values), strict=True))


# --- annotations ----------------------------------------------------------------------------------------------------


@router.post("/{workspace}/{project}/annotate/{image}")
@router.post("/dataset/{project}/annotate/{image}")  # tried first
async def save_annotation(caller: Writer, project: str, image: str, request: Request) -> dict[str, Any]:
    """Say what an image of a project shows, in any of the formats in `annotations`."""
    body = await request.body()
    return await run_in_threadpool(_save, caller, project, image, request.query_params, body)


def _save(caller: Caller, project: str, image: str, query: QueryParams, body: bytes) -> dict[str, Any]:
    projects = Projects(caller.library)
    home = projects.get(project)
    asset = found_in(caller, home, image)
    text, labelmap = _annotation(body)
    shapes: list[Shape] = reading.read(text, query.get("name", ""), frame_of(asset), labelmap)
    if _flag(query, "prediction"):
        predict(caller.library, asset, shapes)
        return {"success": True}
    into_dataset = _flag(query, "addToDataset", default=True)
    annotate(caller.library, home, asset, shapes, overwrite=_flag(query, "overwrite"), into_dataset=into_dataset)
    return {"success": True}


def found_in(caller: Caller, home: Project, image: str) -> Asset:
    """Return an image of a project by its id.

    Raises:
        NotFound: The project has none of this id.
    """
    try:
        asset = caller.library.get(image)
    except NotFound:
        raise NotFound("Image not found.") from None
    if place(asset, home) is None:
        raise NotFound("Image not found.")
    return asset


def _annotation(body: bytes) -> tuple[str, dict[str, str] | None]:
    """Read an annotation and its labelmap: in a JSON object, or the text by itself."""
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        document = None
    if not isinstance(document, dict) or "annotationFile" not in document:
        text, names = body.decode("utf-8", "replace"), None
    else:
        file, names = document["annotationFile"], document.get("labelmap")
        text = file if isinstance(file, str) else msgspec.json.encode(file).decode()
    if not text.strip():
        raise InvalidInput("the annotation is empty", field="annotationFile")
    pairs = names.items() if isinstance(names, dict) else enumerate(names) if isinstance(names, list) else ()
    return text, {str(key): str(name) for key, name in pairs}


def _flag(query: QueryParams, name: str, *, default: bool = False) -> bool:
    value = query.get(name)
    if value is None:
        return default
    if value.lower() not in {"true", "false", "1", "0"}:
        raise InvalidInput(f"{name} is true or false", field=name, allowed="true, false")
    return value.lower() in {"true", "1"}
