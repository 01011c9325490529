"""Deleting and restoring many assets. Deleted assets go to the trash, where the other doors still find them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from fastapi import Request
from starlette.responses import Response

from fototeca.assets import Asset, Status
from fototeca.dialects.cloudinary import render
from fototeca.dialects.cloudinary.cloud import Cloud, Writing
from fototeca.dialects.cloudinary.errors import answer, refuse
from fototeca.dialects.cloudinary.parameters import Parameters, Sent
from fototeca.dialects.cloudinary.query import continued, opened
from fototeca.dialects.cloudinary.resources import by_asset_ids, kind_of, living
from fototeca.errors import InvalidInput, LimitExceeded
from fototeca.http import Router, answering
from fototeca.query import And, Expression, How, Match, Page, Prefix, Query

router = Router(prefix="/v1_1/{cloud}", route_class=answering(refuse), include_in_schema=False)

_MOST_NAMED = 100
_AT_ONCE = 1_000


@router.delete("/resources")
def by_ids(request: Request, asking: Writing, sent: Sent) -> Response:
    """Delete assets by their ids."""
    names = _bounded(sent.texts("asset_ids"), "asset_ids")
    found = living(by_asset_ids(asking, names))
    there = {asset.uuid for asset in found}
    told = {render.public_id(asset): "deleted" for asset in found}
    return answer(request, _deleted(asking, sent, found, told | {n: "not_found" for n in names if n not in there}))


@router.delete("/resources/{resource_type}/tags/{tag:path}")
def by_tag(request: Request, asking: Writing, sent: Sent, resource_type: str, tag: str) -> Response:
    """Delete assets with a tag."""
    wanted = (Match("kind", str(kind_of(resource_type))), Match("tag", tag, How.EXACT))
    return answer(request, _many(asking, sent, wanted))


@router.delete("/resources/{resource_type}/{delivery}")
def of_type(request: Request, asking: Writing, sent: Sent, resource_type: str, delivery: str) -> Response:
    """Delete assets by their public ids, by what these begin with, or all of a kind and type."""
    kind = kind_of(resource_type)
    wanted: list[Expression] = [Match("kind", str(kind)), Match("delivery", delivery, How.EXACT)]
    if sent.has("public_ids"):
        names = _bounded(sent.texts("public_ids", split=False), "public_ids")
        there = asking.library.find_public(names, kind, delivery)
        found = living(there.values())
        living_ids = {asset.id for asset in found}
        told = {n: "deleted" if n in there and there[n].id in living_ids else "not_found" for n in names}
        return answer(request, _deleted(asking, sent, found, told))
    if sent.has("prefix"):
        wanted.append(Prefix("public_id", sent.text("prefix"), folded=False))
    elif not sent.flag("all"):
        raise InvalidInput("Missing required parameter - public_ids, prefix or all", field="public_ids")
    return answer(request, _many(asking, sent, wanted))


@router.post("/resources/restore")
def restore_by_ids(request: Request, asking: Writing, sent: Sent) -> Response:
    """Take assets, named by their ids, out of the trash."""
    found = {asset.uuid: asset for asset in by_asset_ids(asking, _bounded(sent.texts("asset_ids"), "asset_ids"))}
    return answer(request, _restored(asking, sent.texts("asset_ids"), found))


@router.post("/resources/{resource_type}/{delivery}/restore")
def restore(request: Request, asking: Writing, sent: Sent, resource_type: str, delivery: str) -> Response:
    """Take assets out of the trash."""
    names = _bounded(sent.texts("public_ids", split=False), "public_ids")
    return answer(
        request, _restored(asking, names, asking.library.find_public(names, kind_of(resource_type), delivery))
    )


@router.delete("/derived_resources")
def derived(request: Request, asking: Writing, sent: Sent) -> Response:
    """Forget pictures that were made in advance; they are made again when somebody asks for them."""
    del asking
    return answer(request, {"deleted": dict.fromkeys(sent.texts("derived_resource_ids"), "deleted")})


def _restored(cloud: Cloud, names: Sequence[str], found: dict[str, Asset]) -> dict[str, Any]:
    trashed = [asset.id for asset in found.values() if asset.status is Status.TRASHED]
    cloud.library.restore(trashed)
    shown: dict[str, Any] = {name: {"error": "not_found"} for name in names if name not in found}
    for name, asset in found.items():
        shown[name] = render.uploaded(cloud, cloud.library.get(asset.id), "")
    return shown


def _many(cloud: Cloud, sent: Parameters, wanted: Iterable[Expression]) -> dict[str, Any]:
    """Delete what a condition finds, so many at once; the rest is for further calls."""
    now, cursor = opened(sent.text("next_cursor"))
    keep = sent.flag("keep_original")
    # What is deleted no longer matches, so only a walk that keeps everything needs a cursor.
    page = Page(_AT_ONCE, cursor if keep else None)
    results = cloud.library.answer(Query(where=And(tuple(wanted)), page=page))
    found = cloud.library.load([hit.id for hit in results.hits])
    told = {render.public_id(asset): "deleted" for asset in found}
    shown = _deleted(cloud, sent, found, told)
    if results.cursor is not None and found:
        shown |= {"partial": True, "next_cursor": continued(now, results.cursor)}
    return shown


def _deleted(cloud: Cloud, sent: Parameters, found: Sequence[Asset], told: dict[str, str]) -> dict[str, Any]:
    if sent.flag("keep_original") or sent.has("transformations"):
        _forget(cloud, sent, found)
    else:
        cloud.library.trash([asset.id for asset in found])
    gone = [name for name, what in told.items() if what == "deleted"]
    counts = {name: {"original": 0 if sent.flag("keep_original") else 1, "derived": 0} for name in gone}
    return {"deleted": told, "deleted_counts": counts, "partial": False}


def _forget(cloud: Cloud, sent: Parameters, found: Sequence[Asset]) -> None:
    """Let assets forget what was made of them in advance: these transformations, or all."""
    only = [part for text in sent.texts("transformations", split=False) for part in text.split("|")]
    for asset in found:
        kept = tuple(text for text in asset.publication.eager if only and text not in only)
        cloud.library.update([asset.id], publication=msgspec.structs.replace(asset.publication, eager=kept))


def _bounded(names: Sequence[str], name: str) -> Sequence[str]:
    if not names:
        raise InvalidInput(f"Missing required parameter - {name}", field=name)
    if len(names) > _MOST_NAMED:
        raise LimitExceeded(f"at most {_MOST_NAMED} {name} are taken at once")
    return list(dict.fromkeys(names))
