"""From records to what Acusight answers with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from starlette.responses import Response

from fototeca import assets
from fototeca.dialects.acusight.query import PENDING, SPLITS
from fototeca.dialects.acusight.shapes import Annotation, Batch, Image, Project
from fototeca.http import Caller, Context

MANUAL = "manual"
"""What Acusight calls an annotation by a person."""
_BY_USER = "user"
_NAMES = {ours: theirs for theirs, ours in SPLITS.items()}


def one(data: Any, status: int = 200) -> Response:
    """Answer with one thing."""
    return _encoded({"success": True, "data": data}, status)


def many(data: Sequence[Any], *, limit: int, offset: int, total: int) -> Response:
    """Answer with a part of a list."""
    meta = {"count": len(data), "limit": limit, "offset": offset, "total": total}
    return _encoded({"success": True, "data": data, "meta": meta}, 200)


def moment(at: datetime) -> str:
    """Write a time (RFC 3339, UTC), as precise as it is kept."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def storage_key(asset: assets.Asset) -> str:
    """Return the key of an image as Acusight would store it."""
    return f"raw-data/{asset.uuid}_{asset.filename}"


def split_name(split: str | None) -> str | None:
    """Return what a split is called here."""
    return _NAMES.get(split or "", split)


def image_url(context: Context, origin: str, asset: assets.Asset) -> str:
    """Return a link to an image that needs no header, and expires."""
    signed = context.links.sign(asset.workspace, str(asset.id), "original").partition("?")[2]
    return f"{origin}/api/data/images/{asset.id}/stream?account={asset.workspace}&{signed}"


def image(
    caller: Caller,
    asset: assets.Asset,
    membership: assets.Membership | None,
    unassigned: assets.Collection | None,
    *,
    with_url: bool,
    with_annotations: bool,
) -> Image:
    """Return an image with what one membership says of it."""
    shown: Image = {
        "id": asset.id,
        "filename": asset.filename,
        "storage_key": storage_key(asset),
        "width": asset.width,
        "height": asset.height,
        "annotation_status": (membership and membership.annotation_status) or PENDING,
        "split_locked": membership is not None and membership.split_locked,
        "created_at": moment(asset.created),
        "updated_at": moment(asset.updated),
    }
    if membership is not None:
        _place(shown, membership, unassigned)
    if asset.device:
        shown["device_id"] = asset.device
    if with_url:
        shown["image_url"] = image_url(caller.context, caller.origin, asset)
    if with_annotations:
        shown["annotations"] = [annotation(asset.id, each, at) for at, each in enumerate(asset.annotations)]
    return shown


def _place(shown: Image, membership: assets.Membership, unassigned: assets.Collection | None) -> None:
    if membership.batch_id is not None:
        shown["batch_id"] = membership.batch_id
    if membership.batch:
        shown["batch_name"] = membership.batch
    if unassigned is None or membership.collection_id != unassigned.id:
        shown["project_name"] = membership.collection
    if (split := split_name(membership.split)) is not None:
        shown["split"] = split


def annotation(image_id: int, said: assets.Annotation, z_order: int) -> Annotation:
    """Return an annotation; a polygon's box is the one around it."""
    shown: Annotation = {
        "id": said.id,
        "image_id": image_id,
        "class_value": said.label,
        "type": said.type,
        "source": MANUAL if said.source == _BY_USER else said.source,
        "z_order": z_order,
    }
    box = said.box
    if said.polygon:
        shown["geometry"] = [number for point in said.polygon for number in point]
        box = box or _around(said.polygon)
    if box is not None:
        left, top, width, height = box
        centre = (_rounded(left + width / 2), _rounded(top + height / 2))
        shown |= {"x_center": centre[0], "y_center": centre[1], "width": width, "height": height}
        shown.setdefault("geometry", [*centre, width, height])
    if said.confidence is not None:
        shown["confidence"] = said.confidence
    if said.created is not None:
        shown |= {"created_at": moment(said.created), "updated_at": moment(said.created)}
    return shown


def project(found: assets.Collection) -> Project:
    """Return a project."""
    shown: Project = {
        "id": found.id,
        "name": found.name,
        "created_at": moment(found.created),
        "updated_at": moment(found.updated),
    }
    if found.count is not None:
        shown["image_count"] = found.count
    if found.description:
        shown["description"] = found.description
    return shown


def batch(found: assets.Batch, assigned: assets.Collection | None, device: str | None) -> Batch:
    """Return a batch; its status is its stage."""
    shown: Batch = {
        "id": found.id,
        "name": found.name,
        "stage": found.stage,
        "status": found.stage,
        "created_at": moment(found.created),
    }
    if found.count is not None:
        shown["image_count"] = found.count
    if assigned is not None:
        shown |= {"project_id": assigned.id, "project_name": assigned.name}
    if device is not None:
        shown["device_id"] = device
    return shown


def _around(polygon: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    across, down = zip(*polygon, strict=True)
    return min(across), min(down), max(across) - min(across), max(down) - min(down)


def _rounded(number: float) -> float:
    """Undo what adding and halving does to the last digits, so that what was sent comes back."""
    return round(number, 12)


def _encoded(content: Any, status: int) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
