"""Listings of assets, one asset, and changes to it (`/resources`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi import Request
from starlette.responses import Response

from fototeca.assets import Asset, Status
from fototeca.dialects.cloudinary import derived, render
from fototeca.dialects.cloudinary.cloud import Cloud, Reading, Writing
from fototeca.dialects.cloudinary.context import PREFIX
from fototeca.dialects.cloudinary.description import changes, refuse_add_ons
from fototeca.dialects.cloudinary.errors import answer, refuse
from fototeca.dialects.cloudinary.expression import literals
from fototeca.dialects.cloudinary.pages import page_of
from fototeca.dialects.cloudinary.parameters import Parameters, Sent
from fototeca.dialects.cloudinary.query import continued, opened
from fototeca.dialects.cloudinary.resources import (
    by_asset_id,
    by_asset_ids,
    by_public_id,
    kind_of,
    living,
)
from fototeca.dialects.cloudinary.uploading import answer_of
from fototeca.errors import InvalidInput, NotFound, QueryError
from fototeca.http import Router, answering
from fototeca.query import And, Exists, Expression, Facet, How, Match, Or, Page, Prefix, Query, Range, Sort

router = Router(prefix="/v1_1/{cloud}", route_class=answering(refuse), include_in_schema=False)

_DEFAULT, _MOST = 10, 500
_IN_FOLDER = 50
_MOST_TAGS = 10_000
_FLAGS = ("tags", "context", "metadata", "moderations")


@router.get("/resources")
def resource_types(request: Request, asking: Reading) -> Response:
    """Tell which kinds of assets there can be."""
    del asking
    return answer(request, {"resource_types": ["image", "raw", "video"]})


@router.get("/resources/by_asset_folder")
def by_asset_folder(request: Request, asking: Reading, sent: Sent) -> Response:
    """List the assets directly inside a folder."""
    folder = sent.text("asset_folder").strip("/")
    return answer(request, _listed(asking, sent, [Match("folder", folder, How.EXACT)], default=_IN_FOLDER))


@router.get("/resources/by_asset_ids")
def of_asset_ids(request: Request, asking: Reading, sent: Sent) -> Response:
    """List assets by their ids."""
    found = living(by_asset_ids(asking, sent.texts("asset_ids")[:_MOST]))
    return answer(request, {"resources": [_shown(asking, asset, sent) for asset in found]})


@router.get("/resources/{resource_type}/tags/{tag:path}")
def by_tag(request: Request, asking: Reading, sent: Sent, resource_type: str, tag: str) -> Response:
    """List assets with a tag."""
    wanted = [Match("kind", str(kind_of(resource_type))), Match("tag", tag, How.EXACT)]
    return answer(request, _listed(asking, sent, wanted))


@router.get("/resources/{resource_type}/context")
def by_context(request: Request, asking: Reading, sent: Sent, resource_type: str) -> Response:
    """List assets with a key, or a key and its value, in their context."""
    key, value = sent.required("key"), sent.text("value")
    names = [f"metadata.{PREFIX}{key}", *([] if key in asking.fields else [f"metadata.{key}"])]
    held = Or(tuple(Match(name, value, How.EXACT) if value else Exists(name) for name in names))
    return answer(request, _listed(asking, sent, [Match("kind", str(kind_of(resource_type))), held]))


@router.get("/resources/{resource_type}/moderations/{kind}/{status}")
def by_moderation(
    request: Request, asking: Reading, sent: Sent, *, resource_type: str, kind: str, status: str
) -> Response:
    """List assets that somebody judges, by what they said."""
    wanted = (
        Match("kind", str(kind_of(resource_type))),
        Match("moderation_kind", kind, How.EXACT),
        Match("moderation_status", status, How.EXACT),
    )
    return answer(request, _listed(asking, sent, wanted))


@router.get("/resources/{name}")
def by_name(request: Request, asking: Reading, sent: Sent, name: str) -> Response:
    """List the assets of a kind, or show the one of an id."""
    if name in {"image", "video", "raw"}:
        return answer(request, _of_kind(asking, sent, [Match("kind", name)]))
    return answer(request, _described(asking, by_asset_id(asking, name), sent))


@router.get("/resources/{resource_type}/{delivery}")
def of_type(request: Request, asking: Reading, sent: Sent, resource_type: str, delivery: str) -> Response:
    """List the assets of a kind and a type."""
    wanted: list[Expression] = [Match("kind", str(kind_of(resource_type))), Match("delivery", delivery, How.EXACT)]
    if sent.given("public_ids"):
        names = sent.texts("public_ids")[:_MOST]
        found = asking.library.find_public(names, kind_of(resource_type), delivery)
        assets = living(found[name] for name in dict.fromkeys(names) if name in found)
        return answer(request, {"resources": [_shown(asking, asset, sent) for asset in assets]})
    return answer(request, _of_kind(asking, sent, wanted))


@router.get("/resources/{resource_type}/{delivery}/{public_id:path}")
def one(
    request: Request, asking: Reading, sent: Sent, *, resource_type: str, delivery: str, public_id: str
) -> Response:
    """Show one asset."""
    asset = by_public_id(asking, public_id, kind_of(resource_type), delivery)
    return answer(request, _described(asking, asset, sent))


@router.post("/resources/{resource_type}/{delivery}/{public_id:path}")
@router.put("/resources/{resource_type}/{delivery}/{public_id:path}")
def update(
    request: Request, asking: Writing, sent: Sent, *, resource_type: str, delivery: str, public_id: str
) -> Response:
    """Change what is said of an asset."""
    return _updated(request, asking, by_public_id(asking, public_id, kind_of(resource_type), delivery), sent)


@router.put("/resources/{asset_id}")
@router.post("/resources/{asset_id}")
def update_by_asset_id(request: Request, asking: Writing, sent: Sent, asset_id: str) -> Response:
    """Change what is said of the asset with an id."""
    return _updated(request, asking, by_asset_id(asking, asset_id), sent)


@router.get("/tags/{resource_type}")
def tags(request: Request, asking: Reading, sent: Sent, resource_type: str) -> Response:
    """List the tags that assets of a kind have."""
    of_kind = Match("kind", str(kind_of(resource_type)))
    query = Query(where=of_kind, facets=(Facet("tag", _MOST_TAGS),), page=Page(0))
    [counts] = asking.library.answer(query).facets.values()
    prefix = sent.text("prefix")
    names = sorted(str(value) for value, _ in counts.values if str(value).startswith(prefix))
    bound = f"tags {resource_type} {prefix}"
    page, cursor = page_of(names, sent, bound, default=_DEFAULT, most=_MOST, key=lambda name: name)
    return answer(request, {"tags": list(page), **_cursor(cursor)})


# --- listing


def _of_kind(cloud: Cloud, sent: Parameters, wanted: list[Expression]) -> dict[str, Any]:
    if sent.has("prefix"):
        wanted.append(Prefix("public_id", sent.text("prefix"), folded=False))
    return _listed(cloud, sent, wanted)


def _listed(cloud: Cloud, sent: Parameters, wanted: Sequence[Expression], default: int = _DEFAULT) -> dict[str, Any]:
    ascending = sent.text("direction", "desc").lower() in {"asc", "1"}
    conditions = [*wanted]
    if sent.has("start_at"):
        start = _moment(sent.text("start_at"))
        conditions.append(Range("created", low=start) if ascending else Range("created", high=start))
    now, cursor = opened(sent.text("next_cursor"))
    page = Page(sent.integer("max_results", default, most=_MOST), cursor)
    query = Query(where=And(tuple(conditions)), sort=(Sort("created", descending=not ascending),), page=page)
    results = cloud.library.answer(query)
    assets = cloud.library.load([hit.id for hit in results.hits])
    shown: dict[str, Any] = {"resources": [_shown(cloud, asset, sent) for asset in assets]}
    if results.cursor is not None and assets:
        shown["next_cursor"] = continued(now, results.cursor)
    return shown


def _shown(cloud: Cloud, asset: Asset, sent: Parameters) -> dict[str, Any]:
    names = sent.texts("fields")
    if names:
        whole = render.listed(cloud, asset, _FLAGS)
        always = ("asset_id", "public_id", "resource_type", "type", "created_at", "asset_folder", "folder")
        return {name: value for name, value in whole.items() if name in always or name in names}
    return render.listed(cloud, asset, [flag for flag in _FLAGS if sent.flag(flag)])


def _cursor(cursor: str | None) -> dict[str, str]:
    return {"next_cursor": cursor} if cursor else {}


def _moment(text: str) -> datetime:
    try:
        return literals.period(text.replace(" UTC", "").strip(), datetime.now(UTC)).start
    except QueryError as error:
        raise InvalidInput(f"Invalid value for parameter start_at: {error.message}", field="start_at") from None


# --- one asset


def _described(cloud: Cloud, asset: Asset, sent: Parameters) -> dict[str, Any]:
    if asset.status is Status.TRASHED and not asset.publication.backup:
        raise NotFound(f"Resource not found - {render.public_id(asset)[:300]}")
    made = asset.publication.eager if asset.status is not Status.TRASHED else ()
    page, cursor = page_of(
        made,
        sent,
        f"derived {asset.uuid}",
        default=_DEFAULT,
        most=_MOST,
        key=lambda text: text,
        cursor="derived_next_cursor",
    )
    shown = render.described(cloud, asset, derived.listed(cloud, asset, page)) | _cursor(cursor)
    shown |= render.asked(asset, [flag for flag in render.ASKED if sent.flag(flag)])
    if sent.flag("versions"):
        shown["versions"] = [_version(version) for version in cloud.library.records.versions.of_asset(asset.id)]
    return shown


def _version(version: Any) -> dict[str, Any]:
    return {
        "version_id": version.uuid,
        "version": str(int(version.created.timestamp())),
        "format": version.format,
        "size": version.bytes,
        "time": version.created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _updated(request: Request, cloud: Cloud, asset: Asset, sent: Parameters) -> Response:
    refuse_add_ons(sent, updating=True)
    given = changes(cloud, asset, sent)
    if sent.has("public_id") and sent.text("public_id") != render.public_id(asset):
        raise InvalidInput("an update cannot rename; use rename", field="public_id")
    cloud.library.update([asset.id], **given)
    return answer(request, answer_of(request, cloud, cloud.library.get(asset.id), sent))
