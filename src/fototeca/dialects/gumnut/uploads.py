"""`POST /api/assets`: files that come in, and whether they are here already."""

from __future__ import annotations

import base64
import binascii
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import Depends
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from fototeca.assets import Asset
from fototeca.dialects.gumnut.errors import answer, invalid
from fototeca.dialects.gumnut.render import FILE_MODIFIED, Json, Renderer, asset_id, file_data
from fototeca.dialects.gumnut.requests import (
    Body,
    Moment,
    Reader,
    Routes,
    Scoped,
    Writer,
    from_body,
    from_query,
    sent_with_file,
)
from fototeca.dialects.gumnut.scope import resolve
from fototeca.http import Caller, kept
from fototeca.query import And, Exists, Expression, How, Match, Or, Query, fields

router = Routes()

MAX_ENTRIES = 5_000
"""Entries that one existence check may name."""
_MAX_NAME = 1_024
_SHA256_BYTES, _SHA1_BYTES = 32, 20

_Name = Annotated[str, Field(max_length=_MAX_NAME)]
_Entries = Annotated[list[str], Field(max_length=MAX_ENTRIES)]


class Upload(Body):
    """What a client tells of the file that it sends."""

    device_asset_id: _Name
    device_id: _Name
    file_created_at: Moment
    file_modified_at: Moment
    library_id: str | None = None


class Question(Body):
    """Which files a client wants to know of, named in one of three ways."""

    checksums: _Entries | None = None
    checksum_sha1s: _Entries | None = None
    device_id: str | None = Field(None, alias="deviceId")
    device_asset_ids: _Entries | None = Field(None, alias="deviceAssetIds")


@router.post("/api/assets")
async def add_asset(caller: Writer, request: Request) -> Response:
    """Take in a file: 201, or 200 with the asset that has the same bytes already."""
    async with sent_with_file(request, Upload, "asset_data") as (sent, file):
        return await run_in_threadpool(_add, caller, sent, file)


@router.post("/api/assets/exist")
def check_existence(
    caller: Reader,
    asked: Annotated[Scoped, Depends(from_query(Scoped))],
    question: Annotated[Question, Depends(from_body(Question))],
) -> Response:
    """Say which files are here, in the trash or not."""
    shelf = resolve(caller.library, asked.library_id)
    where = And((shelf.where, Exists("status"), _named(question)))
    found = caller.library.load(caller.library.ids(Query(where)))
    return answer({"assets": [_brief(asset) for asset in found]})


def _add(caller: Caller, sent: Upload, file: UploadFile) -> Response:
    filename = PurePath((file.filename or "upload").replace("\\", "/")).name or "upload"
    if len(filename) > _MAX_NAME:
        raise invalid("body", "asset_data", f"a filename has at most {_MAX_NAME} characters")
    shelf = resolve(caller.library, sent.library_id)
    given: dict[str, Any] = {
        "collection": shelf.collection_id,
        "device": sent.device_id or None,
        "device_asset_id": sent.device_asset_id or None,
        "metadata": {
            fields.FILE_CREATED: sent.file_created_at.isoformat(),
            FILE_MODIFIED: sent.file_modified_at.isoformat(),
        },
    }
    with kept(file.file, file.size or 0) as source:
        asset, duplicate = caller.library.upload(source, filename, **given)
    caller.context.metrics.upload("duplicate" if duplicate else "added")
    return answer(Renderer(caller).asset(asset), 200 if duplicate else 201)


def _named(question: Question) -> Expression:
    by_device = question.device_id is not None and question.device_asset_ids is not None
    ways = [question.checksums is not None, question.checksum_sha1s is not None, by_device]
    half = (question.device_id is None) != (question.device_asset_ids is None)
    if sum(ways) != 1 or half:
        raise invalid("body", "checksums", "send checksums, or checksum_sha1s, or deviceId with deviceAssetIds")
    if by_device:
        device = Match("device", question.device_id or "", How.EXACT)
        return And((device, _any("device_asset", question.device_asset_ids or [])))
    if question.checksums is not None:
        return _any("sha256", _digests(question.checksums, _SHA256_BYTES))
    return _any("sha1", _digests(question.checksum_sha1s or [], _SHA1_BYTES))


def _any(field: str, values: list[str]) -> Expression:
    return Or(tuple(Match(field, value, How.EXACT) for value in dict.fromkeys(values)))


def _digests(texts: list[str], size: int) -> list[str]:
    """Read digests in base64; what is none names no file."""
    found = []
    for text in texts:
        try:
            digest = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
        if len(digest) == size:
            found.append(digest.hex())
    return found


def _brief(asset: Asset) -> Json:
    told = file_data(asset)
    wanted = ("checksum", "checksum_sha1", "device_asset_id", "device_id")
    return {"id": asset_id(asset), **{name: told[name] for name in wanted}}
