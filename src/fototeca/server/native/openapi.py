"""The API's description: request models from pydantic, answers from the records that are encoded."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from fototeca import assets
from fototeca.server.native import answers
from fototeca.server.problems import MEDIA_TYPE, Problem

_REFERENCE = "#/components/schemas/{name}"
_RECORDS = (
    assets.Album,
    assets.Asset,
    assets.Change,
    assets.Collection,
    assets.Face,
    assets.Folder,
    assets.Person,
    answers.AssetList,
    answers.Changed,
    answers.Counted,
    answers.DuplicatesAnswer,
    answers.FacetAnswer,
    answers.SearchAnswer,
    answers.Uploaded,
    answers.VersionList,
    answers.WordList,
    Problem,
)
_ABOUT = """
Search your own images: exact filters, full text, meaning and likeness in one query.

Send a key as `Authorization: Bearer KEY` or `X-API-Key: KEY`. Every error is `application/problem+json`. A name that is
not known, in a body or among the parameters, is an error that tells the nearest known one.
"""

EXAMPLE_ASSET = {
    "id": 17,
    "uuid": "5f2c7c1be0e64d7e9f0f6a8f1d1f4c55",
    "filename": "chelsea.png",
    "format": "png",
    "width": 451,
    "height": 300,
    "title": "Chelsea",
    "tags": ["animal"],
    "urls": {"256": "http://127.0.0.1:8000/media/demo/5f2c7c1be0e64d7e9f0f6a8f1d1f4c55/256?expires=…&signature=…"},
}
_EXAMPLE_PROBLEM = {
    "type": "urn:fototeca:problem:invalid_query",
    "title": "Bad Request",
    "status": 400,
    "detail": 'unknown field "camra"; did you mean "camera"?',
    "code": "invalid_query",
    "field": "camra",
    "position": 0,
    "suggestion": "camera",
}


def returns(
    record: type[msgspec.Struct] | None, example: Any, *, status: int = 200, doc: str = "Done"
) -> dict[Any, Any]:
    """Describe what an operation answers when all is well, for a route's `responses`."""
    content: dict[str, Any] = {"example": example}
    if record is not None:
        content["schema"] = {"$ref": _REFERENCE.format(name=record.__name__)}
    return {status: {"description": doc, "content": {"application/json": content}}}


PROBLEM: dict[str, Any] = {
    "description": "What went wrong (RFC 9457)",
    "content": {MEDIA_TYPE: {"schema": {"$ref": _REFERENCE.format(name="Problem")}, "example": _EXAMPLE_PROBLEM}},
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description of an app."""
    description = get_openapi(
        title=app.title, version=version("fototeca"), description=_ABOUT.strip(), routes=app.routes
    )
    _, records = msgspec.json.schema_components(_RECORDS, ref_template=_REFERENCE)
    description["components"]["schemas"].update(records)
    return description
