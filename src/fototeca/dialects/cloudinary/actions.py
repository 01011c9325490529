"""The upload API's other actions: renaming, destroying, and saying the same of many assets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from fastapi import Request
from starlette.responses import Response

from fototeca.assets import Asset, Scope, Status
from fototeca.catalog import AssetPatch
from fototeca.dialects.cloudinary import naming, tokens
from fototeca.dialects.cloudinary.cloud import Cloud, public, signed
from fototeca.dialects.cloudinary.context import noted, with_context
from fototeca.dialects.cloudinary.description import with_metadata
from fototeca.dialects.cloudinary.errors import answer, refuse
from fototeca.dialects.cloudinary.parameters import Parameters, Sent
from fototeca.dialects.cloudinary.resources import MAX_IDS, by_asset_id, by_public_id, kind_of, living
from fototeca.dialects.cloudinary.uploading import DELIVERIES, answer_of
from fototeca.errors import InvalidInput, LimitExceeded, NotFound
from fototeca.http import Router, answering
from fototeca.query import How, Ids, Match, Not, Or, Query

ACTIONS = ("upload", "explicit", "rename", "destroy", "tags", "context", "metadata", "delete_by_token")

router = Router(prefix="/v1_1/{cloud}", route_class=answering(refuse), include_in_schema=False)


@router.post("/{resource_type}/rename")
def rename(request: Request, sent: Sent, cloud: str, resource_type: str) -> Response:
    """Give an asset another public id, type, or both."""
    asking = signed(request, cloud, "rename", sent)
    kind, delivery = kind_of(resource_type), sent.text("type", "upload")
    asset = by_public_id(asking, sent.required("from_public_id"), kind, delivery)
    name = naming.checked(sent.required("to_public_id"))
    target = sent.text("to_type", delivery)
    if target not in DELIVERIES:
        raise InvalidInput(f"Illegal value {target[:50]} for to_type", field="to_type", allowed=", ".join(DELIVERIES))
    there = asking.library.find_public([name], kind, target).get(name)
    if there is not None and there.id != asset.id:
        if there.status is not Status.TRASHED and not sent.flag("overwrite"):
            raise InvalidInput(f"Resource {name} already exists", field="to_public_id")
        # What is in its place goes to the trash and is known by its id from then on.
        asking.library.trash([there.id])
        asking.library.update([there.id], public_id=None)
    publication = msgspec.structs.replace(asset.publication, changed=noted(asset.publication.changed, "public_id"))
    moved = {"folder": name.rpartition("/")[0]} if asking.fixed_folders else {}
    asking.library.update([asset.id], public_id=name, delivery=target, publication=publication, **moved)
    return answer(request, answer_of(request, asking, asking.library.get(asset.id), sent))


@router.post("/{resource_type}/destroy")
def destroy(request: Request, sent: Sent, cloud: str, resource_type: str) -> Response:
    """Put an asset into the trash."""
    asking = signed(request, cloud, "destroy", sent)
    try:
        if sent.has("asset_id"):
            asset = by_asset_id(asking, sent.text("asset_id"))
        else:
            delivery = sent.text("type", "upload")
            asset = by_public_id(asking, sent.required("public_id"), kind_of(resource_type), delivery)
    except NotFound:
        return answer(request, {"result": "not found"})
    gone = asset.status is Status.TRASHED
    asking.library.trash([asset.id])
    return answer(request, {"result": "not found" if gone else "ok"})


@router.post("/destroy")
def destroy_by_asset_id(request: Request, sent: Sent, cloud: str) -> Response:
    """Put an asset, named by its id, into the trash."""
    sent.required("asset_id")
    return destroy(request, sent, cloud, "image")


@router.post("/{resource_type}/tags")
def tags(request: Request, sent: Sent, cloud: str, resource_type: str) -> Response:
    """Add, remove or replace tags of many assets."""
    asking = signed(request, cloud, "tags", sent)
    assets = _named(asking, sent, resource_type)
    given = tuple(sent.texts("tag"))
    command = sent.text("command")
    match command:
        case "add":
            patch = AssetPatch(add_tags=given)
        case "remove":
            patch = AssetPatch(remove_tags=given)
        case "replace":
            patch = AssetPatch(tags=given)
        case "remove_all":
            patch = AssetPatch(tags=())
        case "set_exclusive":
            _take_from_others(asking, assets, given)
            patch = AssetPatch(add_tags=given)
        case _:
            allowed = "add, remove, replace, remove_all, set_exclusive"
            raise InvalidInput(f"Illegal value {command[:50]} for command", field="command", allowed=allowed)
    asking.library.records.assets.update([asset.id for asset in assets], patch)
    return _told(request, asking, assets, "tags")


@router.post("/{resource_type}/context")
def context(request: Request, sent: Sent, cloud: str, resource_type: str) -> Response:
    """Add context to many assets, or remove all of it."""
    asking = signed(request, cloud, "context", sent)
    assets = _named(asking, sent, resource_type)
    command = sent.text("command", "add")
    if command not in {"add", "remove_all"}:
        raise InvalidInput(f"Illegal value {command[:50]} for command", field="command", allowed="add, remove_all")
    said = (sent.mapping("context") or {}) if command == "add" else {}
    _change(
        asking,
        assets,
        lambda asset: {"metadata": with_context(asset.metadata, asking.fields, said, keep=command == "add")},
    )
    return _told(request, asking, assets, "context")


@router.post("/{resource_type}/metadata")
def metadata(request: Request, sent: Sent, cloud: str, resource_type: str) -> Response:
    """Set structured metadata of many assets."""
    asking = signed(request, cloud, "metadata", sent)
    assets = _named(asking, sent, resource_type)
    if not assets:
        raise NotFound("Resources not found")
    given, clear = sent.mapping("metadata") or {}, sent.flag("clear_invalid")
    after = {asset.id: with_metadata(asking, asset.metadata, given, clear_invalid=clear) for asset in assets}
    _change(asking, assets, lambda asset: _difference(asset.metadata, after[asset.id]))
    return _told(request, asking, assets, "metadata")


@router.post("/delete_by_token")
@router.post("/{resource_type}/delete_by_token")
def delete_by_token(request: Request, sent: Sent, cloud: str) -> Response:
    """Put an asset into the trash with the token that its upload gave."""
    asking = public(request, cloud)
    asking.library.trash([tokens.take(asking, sent.required("token"))])
    return answer(request, {"result": "ok"})


@router.post("/{resource_type}/{action}")
def unknown(resource_type: str, action: str) -> Response:
    """Refuse what Cloudinary can do to a file and Fototeca cannot."""
    kind_of(resource_type)
    raise InvalidInput(f"the action {action[:50]} is not supported here", field="action", allowed=", ".join(ACTIONS))


def _named(cloud: Cloud, sent: Parameters, resource_type: str) -> list[Asset]:
    """The assets that a request names, without unknown ones."""
    cloud.caller.principal.require(Scope.WRITE)
    names = sent.texts("public_ids")
    if not names:
        raise InvalidInput("Missing required parameter - public_ids", field="public_ids")
    if len(names) > MAX_IDS:
        raise LimitExceeded(f"at most {MAX_IDS} public_ids are changed at once")
    found = cloud.library.find_public(names, kind_of(resource_type), sent.text("type", "upload"))
    return living(found[name] for name in dict.fromkeys(names) if name in found)


def _take_from_others(cloud: Cloud, assets: list[Asset], given: tuple[str, ...]) -> None:
    tagged = Or(tuple(Match("tag", tag, How.EXACT) for tag in given))
    others = cloud.library.ids(Query(where=tagged & Not(Ids(tuple(asset.id for asset in assets)))))
    cloud.library.update(others, remove_tags=given)


def _change(cloud: Cloud, assets: list[Asset], change: Callable[[Asset], dict[str, Any]]) -> None:
    """Change many assets, those that become alike in one go."""
    groups: dict[bytes, tuple[dict[str, Any], list[int]]] = {}
    for asset in assets:
        changed = change(asset)
        groups.setdefault(msgspec.json.encode(changed), (changed, []))[1].append(asset.id)
    for changed, ids in groups.values():
        cloud.library.update(ids, **changed)


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What makes one set of values of another: the same for many assets, whatever else they hold."""
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    return {"merge_metadata": changed, "remove_metadata": tuple(name for name in before if name not in after)}


def _told(request: Request, cloud: Cloud, assets: list[Asset], part: str) -> Response:
    """Note the change, and answer with the names of the assets."""
    now = noted({}, part)
    _change(
        cloud,
        assets,
        lambda asset: {
            "publication": msgspec.structs.replace(asset.publication, changed={**asset.publication.changed, **now})
        },
    )
    return answer(request, {"public_ids": [asset.public_id or asset.uuid for asset in assets]})
