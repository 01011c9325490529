"""One item: get, rename, describe, move, delete, tag; and its versions."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import Request
from starlette.responses import Response

from fototeca.assets import Asset, Folder, Version
from fototeca.dialects.coreviz import render, tags
from fototeca.dialects.coreviz.errors import refuse
from fototeca.dialects.coreviz.ids import normalised
from fototeca.dialects.coreviz.places import Place, container, home, home_of_folder, place
from fototeca.dialects.coreviz.requests import Body, Parameters, Reader, Writer, text
from fototeca.dialects.coreviz.tree import Tree, say
from fototeca.dialects.coreviz.trees import move_folder, remove_folder, rename_folder
from fototeca.errors import Conflict, InvalidInput, NotFound
from fototeca.http import Caller, Router, answering
from fototeca.library import Library

router = Router(route_class=answering(refuse), include_in_schema=False)

MAX_METADATA = 1_000


def file(library: Library, id_: str) -> Asset:
    """Return a file that is not in the trash.

    Raises:
        NotFound: There is none.
    """
    try:
        asset = library.get(normalised(id_))
    except NotFound:
        asset = None
    if asset is None or asset.trashed is not None:
        raise NotFound("Media not found")
    return asset


def item(library: Library, id_: str) -> Asset | Folder:
    """Return a file or a folder.

    Raises:
        NotFound: There is neither.
    """
    wanted = normalised(id_)
    return library.folders.by_uuid([wanted]).get(wanted) or file(library, wanted)


def place_of(library: Library, found: Asset | Folder) -> Place:
    """Return the collection that an item is shown in."""
    return home_of_folder(library, found) if isinstance(found, Folder) else home(library, found)


def shown(caller: Caller, id_: str) -> Response:
    """Answer with an item as it is now."""
    found = item(caller.library, id_)
    here = place_of(caller.library, found)
    return render.answer({"media": render.single(caller, here, found, Tree.of(caller.library))})


@router.get("/api/media/{media}")
def get_media(caller: Reader, media: str) -> Response:
    """Return an item with its frames, captions and objects; an earlier version of a file goes by its own id."""
    try:
        return shown(caller, media)
    except NotFound:
        id_ = normalised(media)
        version = next((each for each in _versions(caller, _family(caller.library, id_)) if each["id"] == id_), None)
        if version is None:
            raise
        return render.answer({"media": version})


@router.patch("/api/media/{media}")
def update_media(caller: Writer, media: str, body: Body) -> Response:
    """Rename an item, or replace its metadata."""
    found = item(caller.library, media)
    if "name" not in body and "metadata" not in body:
        raise InvalidInput("give a name or metadata", field="name")
    name = text(body, "name") if "name" in body else None
    metadata = checked_metadata(body["metadata"]) if "metadata" in body else None
    if isinstance(found, Folder):
        change_folder(caller.library, found, name, metadata)
    else:
        change: dict[str, Any] = {} if name is None else {"filename": name}
        caller.library.update([found.id], **change, **({} if metadata is None else _described(found, metadata)))
    return shown(caller, found.uuid)


@router.patch("/api/media/{media}/move")
def move_media(caller: Writer, media: str, body: Body) -> Response:
    """Put an item into another folder of its collection."""
    library = caller.library
    found = item(library, media)
    destination = text(body, "destinationPath", longest=10_000)
    here = _destination(library, found, destination)
    folder = container(library, here, destination)
    if folder is None:
        raise NotFound("the destination folder does not exist")
    if isinstance(found, Folder):
        move_folder(library, here, found, folder)
    elif found.folder != folder:
        library.update([found.id], folder=folder)
    moved = item(library, found.uuid)
    trail = here.trail(Tree.of(library), moved.path if isinstance(moved, Folder) else moved.folder)
    path = trail if isinstance(moved, Folder) else f"{trail}.{moved.uuid}"
    return render.answer({"id": found.uuid, "newPath": path, "success": True})


@router.delete("/api/media/{media}")
def delete_media(caller: Writer, media: str) -> Response:
    """Put an item into the trash, a folder with everything below it."""
    found = item(caller.library, media)
    if isinstance(found, Folder):
        return render.answer({"id": found.uuid, "deletedCount": remove_folder(caller.library, found)})
    caller.library.trash([found.id])
    versions = caller.library.records.versions.count([found.id])
    return render.answer({"id": found.uuid, "deletedCount": versions[found.id]})


# --- tags


@router.post("/api/media/{media}/tags")
def add_tag(caller: Writer, media: str, body: Body) -> Response:
    """Add a value to a group of tags."""
    found = file(caller.library, media)
    group, value = text(body, "label"), text(body, "value")
    if value in tags.of_asset(found).get(group, ()):
        raise Conflict(f'the tag "{group}: {value}" is there already')
    caller.library.update([found.id], add_tags=tuple(tags.checked({group: [value]})))
    return shown(caller, found.uuid)


@router.delete("/api/media/{media}/tags")
def remove_tag(caller: Writer, media: str, body: Body) -> Response:
    """Remove a value from a group of tags, or without a value the whole group."""
    found = file(caller.library, media)
    group = text(body, "label")
    value = text(body, "value") if "value" in body else None
    change = tags.without(found, group, value)
    if not change:
        raise NotFound(f'there is no tag "{group}"' + ("" if value is None else f' with the value "{value}"'))
    caller.library.update([found.id], **change)
    return shown(caller, found.uuid)


@router.patch("/api/media/{media}/tags")
def rename_tags(caller: Writer, media: str, body: Body) -> Response:
    """Give a group of tags another name; a group of that name takes its values in."""
    found = file(caller.library, media)
    old, new = text(body, "oldLabel"), text(body, "newLabel")
    groups = tags.of_asset(found)
    if old not in groups:
        raise NotFound(f'there is no group of tags "{old}"')
    if old != new:
        values = groups.pop(old)
        groups[new] = list(dict.fromkeys([*groups.get(new, ()), *values]))
        caller.library.update([found.id], **tags.replaced(found, groups))
    return shown(caller, found.uuid)


# --- versions


@router.get("/api/media/{media}/versions")
def list_versions(caller: Reader, media: str) -> Response:
    """Return every version of a file, the first one first."""
    return render.answer({"versions": _versions(caller, file(caller.library, media))})


@router.delete("/api/media/{media}/versions")
def delete_version(request: Request, caller: Writer, media: str) -> Response:
    """Remove a version for good; if it was the current one, another becomes current, and goes by the file's id."""
    found = file(caller.library, media)
    asked = Parameters(request).required("versionId")
    version = _version(caller.library, asked)
    if version.asset_id != found.id:
        raise NotFound("Version not found")
    try:
        caller.library.remove_version(version.uuid)
    except Conflict as error:
        raise InvalidInput("this is the only version; delete the media instead", field="versionId") from error
    promoted = found.uuid if version.number == found.version else None
    return render.answer({"deletedId": normalised(asked), "promotedId": promoted})


@router.patch("/api/media/{media}/select-version")
def select_version(caller: Writer, media: str) -> Response:
    """Make a version the current one; from then on it goes by the file's id."""
    chosen = caller.library.choose_version(_version(caller.library, media).uuid)
    return render.answer({"id": chosen.uuid, "success": True})


def _versions(caller: Caller, found: Asset) -> list[render.Json]:
    """Return every version of a file as an item."""
    current = render.single(caller, home(caller.library, found), found, Tree.of(caller.library))
    versions = caller.library.records.versions.of_asset(found.id)
    return [render.version(caller, current, found, each) for each in versions]


def _version(library: Library, id_: str) -> Version:
    """Return a version of a file; the current one goes by the id of its file.

    Raises:
        NotFound: There is none, or its file is in the trash.
    """
    wanted = normalised(id_)
    try:
        found = _family(library, wanted)
    except NotFound:
        raise NotFound("Version not found") from None
    versions = library.records.versions.of_asset(found.id)
    current = next(each for each in versions if each.number == found.version)
    return next((each for each in versions if each.uuid == wanted), current)


def _family(library: Library, id_: str) -> Asset:
    """Return the file that has this id, or a version that has it.

    Raises:
        NotFound: There is none that is not in the trash.
    """
    try:
        version = library.records.versions.get(id_)
    except NotFound:
        return file(library, id_)
    return file(library, library.get(version.asset_id).uuid)


# --- what the calls share


def checked_metadata(value: Any) -> dict[str, Any]:
    """Return metadata that was sent.

    Raises:
        InvalidInput: It is no object, too large, or its tags are not grouped.
    """
    if not isinstance(value, dict):
        raise InvalidInput("metadata must be an object", field="metadata")
    if len(value) > MAX_METADATA or not all(0 < len(key) <= tags.LONGEST for key in value):
        raise InvalidInput(
            f"metadata has at most {MAX_METADATA} members, with names of 1 to {tags.LONGEST} characters",
            field="metadata",
        )
    if "tags" in value:
        tags.given(value["tags"], "metadata.tags")
    return value


def change_folder(library: Library, folder: Folder, name: str | None, metadata: dict[str, Any] | None) -> None:
    """Rename a folder, or replace its metadata."""
    if metadata is not None:
        say(library, folder, metadata=metadata)
    if name is not None:
        rename_folder(library, folder, name)


def _described(asset: Asset, metadata: dict[str, Any]) -> dict[str, Any]:
    """Return the change that gives a file this metadata; its tags and its description have places of their own."""
    rest = {key: value for key, value in metadata.items() if key not in {"tags", "description"}}
    description = metadata.get("description")
    if description is not None and not isinstance(description, str):
        raise InvalidInput("metadata.description must be a text", field="metadata.description")
    change = tags.replaced(asset, metadata.get("tags", {})) | {"metadata": rest, "description": description or None}
    if not description and asset.facts.description:
        change["facts"] = msgspec.structs.replace(change.get("facts", asset.facts), description=None)
    return change


def _destination(library: Library, found: Asset | Folder, destination: str) -> Place:
    """Return the collection that a destination is in, which must hold the item already.

    Raises:
        InvalidInput: It does not.
    """
    other = InvalidInput("an item moves within its collection only", field="destinationPath")
    try:
        here = place(library, destination.split(".", maxsplit=1)[0])
    except NotFound:
        raise other from None
    held = here.inside(found.path) if isinstance(found, Folder) else here.holds(found)
    if not held:
        raise other
    return here
