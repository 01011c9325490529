"""`/v1/folders`: the folder tree. An asset moves by changing its `folder`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import ConfigDict, Field
from starlette.responses import Response

from fototeca.assets import Folder
from fototeca.http import Router
from fototeca.server.native.answers import answer, nothing
from fototeca.server.native.openapi import returns
from fototeca.server.native.requests import Id, Strict
from fototeca.server.security import Reader, Writer

router = Router(prefix="/v1/folders", tags=["folders"])

_EXAMPLE = {
    "id": 5,
    "uuid": "2b0c7c1be0e64d7e9f0f6a8f1d1f4c55",
    "path": "2026/rome",
    "created": "2026-05-01T10:00:00Z",
    "updated": "2026-05-01T10:00:00Z",
    "count": 31,
}
_FOLDER = returns(Folder, _EXAMPLE, doc="The folder")

_Number = Annotated[Id, Path(description="The folder's `id`.")]


class FolderPath(Strict):
    """Where a folder is, or shall be; folders above it are made where they are missing."""

    model_config = ConfigDict(json_schema_extra={"example": {"path": "2026/rome"}})

    path: Annotated[str, Field(min_length=1, max_length=1_024)]


@router.get("", summary="List folders", responses=returns(None, {"folders": [_EXAMPLE]}))
def list_folders(
    caller: Reader,
    parent: Annotated[str | None, Query(max_length=1_024, description='Only directly inside; "" is the root.')] = None,
) -> Response:
    """Return the whole tree, each folder after the one that holds it; or one folder's children, with counts."""
    folders = caller.library.folders
    return answer({"folders": folders.tree() if parent is None else folders.children(parent)})


@router.post("", summary="Make a folder", status_code=201, responses=returns(Folder, _EXAMPLE, status=201))
def create_folder(caller: Writer, body: FolderPath) -> Response:
    """Make a folder; one that is there already is returned as it is."""
    return answer(caller.library.folders.create(body.path), 201)


@router.get("/{folder}", summary="Get a folder", responses=_FOLDER)
def get_folder(caller: Reader, folder: _Number) -> Response:
    """Return a folder; `GET /v1/search?q=folder:"PATH"` finds what is in and below it."""
    return answer(caller.library.folders.get(folder))


@router.patch("/{folder}", summary="Move a folder", responses=_FOLDER)
def move_folder(caller: Writer, folder: _Number, body: FolderPath) -> Response:
    """Give a folder another path, and with it everything below."""
    return answer(caller.library.folders.move(caller.library.folders.get(folder).path, body.path))


@router.delete("/{folder}", summary="Remove a folder", status_code=204)
def delete_folder(caller: Writer, folder: _Number) -> Response:
    """Remove an empty folder."""
    caller.library.folders.delete(caller.library.folders.get(folder).path)
    return nothing()
