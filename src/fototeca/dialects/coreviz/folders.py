"""Folders: make, get, rename, remove."""

from __future__ import annotations

from starlette.responses import Response

from fototeca.assets import Folder
from fototeca.dialects.coreviz import render
from fototeca.dialects.coreviz.errors import refuse
from fototeca.dialects.coreviz.ids import normalised
from fototeca.dialects.coreviz.media import change_folder, checked_metadata
from fototeca.dialects.coreviz.places import Place, container, home_of_folder, place
from fototeca.dialects.coreviz.requests import Body, Reader, Writer, optional_text, text
from fototeca.dialects.coreviz.tree import Tree
from fototeca.dialects.coreviz.trees import create_folder, remove_folder
from fototeca.errors import InvalidInput, NotFound
from fototeca.http import Caller, Router, answering
from fototeca.library import Library

router = Router(route_class=answering(refuse), include_in_schema=False)

_LONGEST_PATH = 10_000


@router.post("/api/folder")
def make_folder(caller: Writer, body: Body) -> Response:
    """Make a folder; with `reuse` the one of the same name that is there already is returned."""
    here = place(caller.library, text(body, "datasetId"))
    name = text(body, "name")
    parent = container(caller.library, here, optional_text(body, "path", _LONGEST_PATH))
    if parent is None:
        raise NotFound("the parent folder does not exist")
    reuse = body.get("reuse", False)
    if not isinstance(reuse, bool):
        raise InvalidInput("reuse must be true or false", field="reuse")
    return _answer(caller, here, create_folder(caller.library, parent, name, reuse=reuse))


@router.get("/api/folder/{folder}")
def get_folder(caller: Reader, folder: str) -> Response:
    """Return a folder."""
    found = _found(caller.library, folder)
    return _answer(caller, home_of_folder(caller.library, found), found)


@router.patch("/api/folder/{folder}")
def update_folder(caller: Writer, folder: str, body: Body) -> Response:
    """Rename a folder, or replace its metadata."""
    found = _found(caller.library, folder)
    if "name" not in body and "metadata" not in body:
        raise InvalidInput("give a name or metadata", field="name")
    name = text(body, "name") if "name" in body else None
    metadata = checked_metadata(body["metadata"]) if "metadata" in body else None
    change_folder(caller.library, found, name, metadata)
    updated = _found(caller.library, folder)
    return _answer(caller, home_of_folder(caller.library, updated), updated)


@router.delete("/api/folder/{folder}")
def delete_folder(caller: Writer, folder: str) -> Response:
    """Remove a folder, and put everything below it into the trash."""
    found = _found(caller.library, folder)
    return render.answer({"id": found.uuid, "success": True, "deletedCount": remove_folder(caller.library, found)})


def _answer(caller: Caller, here: Place, folder: Folder) -> Response:
    page = render.Sheet(caller, here, [], Tree.of(caller.library))
    return render.answer({"folder": page.folder(folder)})


def _found(library: Library, id_: str) -> Folder:
    wanted = normalised(id_)
    folder = library.folders.by_uuid([wanted]).get(wanted)
    if folder is None:
        raise NotFound("Folder not found")
    return folder
