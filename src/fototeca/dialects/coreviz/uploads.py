"""Uploads: one file as a form."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from fototeca.assets import Status
from fototeca.dialects.coreviz import render
from fototeca.dialects.coreviz.errors import refuse
from fototeca.dialects.coreviz.places import container, place
from fototeca.dialects.coreviz.requests import Writer, optional_text, text
from fototeca.errors import InvalidInput, NotFound
from fototeca.http import Caller, Router, answering, kept

router = Router(route_class=answering(refuse), include_in_schema=False)

_LONGEST = 10_000
_LONGEST_EXIF = 100_000


@router.post("/api/upload/multipart")
async def upload(request: Request, caller: Writer) -> Response:
    """Take a file in; fields may come in any order. What is measured in the file wins over what is said of it."""
    async with request.form() as form:
        return await run_in_threadpool(_add, caller, form)


def _add(caller: Caller, form: FormData) -> Response:
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise InvalidInput("file is required", field="file")
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    library = caller.library
    here = place(library, text(fields, "datasetId"))
    folder = container(library, here, optional_text(fields, "path", _LONGEST))
    if folder is None:
        raise NotFound("the folder to upload to does not exist")
    name = optional_text(fields, "name") or file.filename or "upload"
    given: dict[str, Any] = {"folder": folder, "metadata": _exif(fields)}
    if here.collection is not None:
        given["collection"] = here.collection.id
    with caller.context.metrics.upload_failures(), kept(file.file, file.size or 0) as source:
        asset, duplicate = library.upload(source, name, **given)
    caller.context.metrics.upload("duplicate" if duplicate else "added")
    if asset.status is Status.TRASHED:  # deleted before: whoever sends it again wants it as it is sent now
        library.restore([asset.id])
        library.update([asset.id], folder=folder, filename=name)
    return render.answer(
        {
            "success": True,
            "mediaId": asset.uuid,
            "url": render.blob(caller, asset.uuid),
            "message": "File uploaded successfully",
        }
    )


def _exif(fields: dict[str, Any]) -> dict[str, Any]:
    """Return what the sender says of the file's EXIF, as the text that it is."""
    exif = optional_text(fields, "exif", _LONGEST_EXIF)
    if exif is None:
        return {}
    try:
        msgspec.json.decode(exif)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise InvalidInput("exif must be JSON", field="exif") from error
    return {"exif": exif}
