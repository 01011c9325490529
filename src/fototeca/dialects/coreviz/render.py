"""From records to the items, frames and objects that CoreViz answers with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from starlette.responses import Response

from fototeca.assets import Asset, Folder, Frame, Kind, Version
from fototeca.catalog.inputs import Box
from fototeca.dialects.coreviz import tags
from fototeca.dialects.coreviz.ids import Thing, organization_id, spell
from fototeca.dialects.coreviz.places import Place
from fototeca.dialects.coreviz.tree import Tree
from fototeca.http import Caller
from fototeca.library.files import VERSION
from fototeca.query import Sort

Json = dict[str, Any]
LINK_SECONDS = 24 * 3600
"""How long a `blob` can be fetched at least."""
PREVIEWS = 3
_WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


def answer(content: Any, status: int = 200) -> Response:
    """Encode an answer."""
    return Response(msgspec.json.encode(content), status, media_type="application/json")


def moment(at: datetime) -> str:
    """Write a time: ISO 8601 in UTC, with milliseconds and Z."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def blob(caller: Caller, uuid: str, variant: str = "original") -> str:
    """Return a link to a file that needs no header and cannot be guessed."""
    return caller.origin + caller.context.links.sign(caller.library.workspace.name, uuid, variant, ttl=LINK_SECONDS)


def kind(asset: Asset) -> str:
    """Return an asset's type."""
    return "video" if asset.kind is Kind.VIDEO else "image"


def collection(caller: Caller, here: Place) -> Json:
    """Return a collection."""
    shown: Json = {"id": here.uuid, "name": here.name, "type": "default"}
    if here.icon is not None:
        shown["icon"] = here.icon
    return shown | {"organizationId": organization_id(caller.library.workspace.name)}


def metadata(asset: Asset) -> Json:
    """Return an asset's metadata: its key/value facts, with its description and its tags."""
    shown: Json = dict(asset.metadata)
    description = asset.description or asset.facts.description
    if description:
        shown["description"] = description
    return shown | {"tags": tags.of_asset(asset)}


@dataclass(frozen=True, slots=True)
class Below:
    """What is below a folder.

    Attributes:
        count: Files, however deep.
        previews: Links to the newest of them.
    """

    count: int
    previews: list[str]


class Sheet:
    """Renders the items of one page of one collection; whatever they need is looked up for all of them at once."""

    def __init__(self, caller: Caller, here: Place, items: Sequence[Asset | Folder], tree: Tree) -> None:
        self._caller = caller
        self._here = here
        self._tree = tree
        folders = [item for item in items if isinstance(item, Folder)]
        assets = [item for item in items if isinstance(item, Asset)]
        self._frames = frames_of(caller, assets)
        self._below = _below(caller, here, folders)
        self._versions = caller.library.records.versions.count([asset.id for asset in assets]) if assets else {}

    def item(self, item: Asset | Folder) -> Json:
        """Return an item of a listing."""
        return self.folder_item(item) if isinstance(item, Folder) else self.media(item)

    def media(self, asset: Asset) -> Json:
        """Return a file."""
        found = [frame(self._caller, asset, each) for each in self._frames[asset.id]]
        return {
            "id": asset.uuid,
            "name": asset.filename,
            "type": kind(asset),
            "blob": blob(self._caller, asset.uuid),
            "path": f"{self._here.trail(self._tree, asset.folder)}.{asset.uuid}",
            "datasetId": self._here.uuid,
            "width": asset.width or None,
            "height": asset.height or None,
            "duration": asset.duration,
            "sizeBytes": asset.bytes,
            "createdAt": moment(asset.created),
            "updatedAt": moment(asset.updated),
            "status": "active",
            "metadata": metadata(asset),
            "totalVersions": self._versions.get(asset.id, 1),
            "frameObjectId": found[0]["objects"][0]["id"],
            "folderItemCount": None,
            "folderPreviews": None,
            "frames": found,
        }

    def folder(self, folder: Folder) -> Json:
        """Return a folder as the calls about folders do."""
        return {
            "id": folder.uuid,
            "name": self._tree.name(folder),
            "type": "folder",
            "blob": "folder",
            "path": self._here.trail(self._tree, folder.path),
            "datasetId": self._here.uuid,
            "collectionId": self._here.uuid,
            "status": "active",
            "createdAt": moment(folder.created),
            "updatedAt": moment(folder.updated),
            "createdById": None,
            "metadata": {**self._tree.metadata(folder)},
        }

    def folder_item(self, folder: Folder) -> Json:
        """Return a folder as an item of a listing."""
        shown, below = self.folder(folder), self._below[folder.path]
        return shown | {
            "width": None,
            "height": None,
            "duration": None,
            "sizeBytes": 0,
            "metadata": {"tags": {}, **shown["metadata"]},
            "totalVersions": 1,
            "frameObjectId": None,
            "folderItemCount": below.count,
            "folderPreviews": below.previews or None,
            "frames": [],
        }


def single(caller: Caller, here: Place, item: Asset | Folder, tree: Tree) -> Json:
    """Return one item with everything about it."""
    page = Sheet(caller, here, [item], tree)
    shown = page.item(item)
    del shown["folderItemCount"], shown["folderPreviews"]
    for each in shown["frames"]:
        each |= {"status": "active", "createdAt": shown["createdAt"], "mediaId": shown["id"]}
        each["captions"] = captions(item, each) if isinstance(item, Asset) else []
    organization = organization_id(caller.library.workspace.name)
    return shown | {
        "createdById": None,
        "updatedById": None,
        "sourceMediaId": None,
        "versionNumber": item.version if isinstance(item, Asset) else 1,
        "dataset": {"id": here.uuid, "name": here.name, "organizationId": organization},
    }


def version(caller: Caller, current: Json, asset: Asset, each: Version) -> Json:
    """Return a version of a file as an item of its own.

    Args:
        caller: Who is asking.
        current: The file as `single` returns it, which is its current version.
        asset: The file.
        each: One of its versions; unless it is the current one, its own UUID is its id, and models do not look at it.
    """
    if each.number == asset.version:
        return current
    own: Json = {
        "id": each.uuid,
        "name": each.filename,
        "blob": blob(caller, asset.uuid, f"{VERSION}{each.uuid}"),
        "width": each.width or None,
        "height": each.height or None,
        "duration": None,
        "sizeBytes": each.bytes,
        "createdAt": moment(each.created),
        "frames": [],
        "frameObjectId": None,
        "sourceMediaId": asset.uuid,
        "versionNumber": each.number,
    }
    return current | own


def captions(asset: Asset, frame: Json) -> list[Json]:
    """Return what is said of a frame: an asset's description, where it has one."""
    text = asset.description or asset.facts.description
    if not text:
        return []
    id_ = spell(Thing.CAPTION, asset.id)
    created = moment(asset.created)
    return [{"id": id_, "text": text, "frameId": frame["id"], "createdAt": created, "status": "active"}]


def frames_of(caller: Caller, assets: Sequence[Asset]) -> dict[int, list[Frame | None]]:
    """Return the frames of assets; `None` stands for all of an image, or of a video whose frames are not known."""
    stored: dict[int, list[Frame | None]] = defaultdict(list)
    videos = [asset.id for asset in assets if asset.kind is Kind.VIDEO]
    for each in caller.library.records.frames.of_assets(videos) if videos else ():
        stored[each.asset_id].append(each)
    return {asset.id: stored.get(asset.id) or [None] for asset in assets}


def frame(caller: Caller, asset: Asset, moment_: Frame | None) -> Json:
    """Return a frame with its objects; the first of them is the whole frame."""
    thing, number = (Thing.WHOLE, asset.id) if moment_ is None else (Thing.FRAME, moment_.id)
    whole = spell(Thing.WHOLE_OBJECT if moment_ is None else Thing.FRAME_OBJECT, number)
    here = [each for each in asset.objects if moment_ is None or each.frame_id == moment_.id]
    faces = [each for each in asset.faces if moment_ is None or each.frame_id == moment_.id]
    return {
        "id": spell(thing, number),
        "timestamp": "0" if moment_ is None else f"{moment_.seconds:g}",
        "blob": blob(caller, asset.uuid, "1440"),
        "width": asset.width,
        "height": asset.height,
        "objects": [
            _object(asset, whole, "object", "frame", _WHOLE),
            *(_object(asset, spell(Thing.OBJECT, each.id), "object", each.label, each.box) for each in here),
            *(_object(asset, each.uuid, "face", each.person or "face", each.box) for each in faces),
        ],
    }


def _object(asset: Asset, id_: str, type_: str, label: str, box: Box) -> Json:
    """Return an object; its polygon is in pixels, clockwise from the top left."""
    left, top, width, height = box
    across = [round(x * asset.width, 2) for x in (left, left + width)]
    down = [round(y * asset.height, 2) for y in (top, top + height)]
    corners = ((0, 0), (1, 0), (1, 1), (0, 1))
    polygon = [{"x": across[x], "y": down[y]} for x, y in corners]
    return {"id": id_, "type": type_, "label": label, "blob": "", "polygon": polygon, "status": "active"}


def _below(caller: Caller, here: Place, folders: Sequence[Folder]) -> dict[str, Below]:
    """Say what is below the folders of a page: one question to the index, and one to the catalogue."""
    if not folders:
        return {}
    order = (Sort("created", descending=True), Sort("id", descending=True))
    found = caller.library.subtrees(here.scope, [folder.path for folder in folders], order, PREVIEWS)
    wanted = sorted({id_ for subtree in found.values() for id_ in subtree.ids})
    uuids = caller.library.records.assets.uuids(wanted) if wanted else {}
    links = {id_: blob(caller, uuid, "256") for id_, uuid in uuids.items()}
    return {
        path: Below(subtree.count, [links[id_] for id_ in subtree.ids if id_ in links])
        for path, subtree in found.items()
    }
