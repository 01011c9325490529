"""Splitting a batch into train, val and test."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool
from starlette.responses import Response

from fototeca.assets import Asset, Batch, Membership
from fototeca.catalog import BatchPatch, MembershipPatch
from fototeca.dialects.acusight import render, shapes
from fototeca.dialects.acusight.batches import COMPLETED, found, images_of
from fototeca.dialects.acusight.errors import refuse
from fototeca.dialects.acusight.query import SPLITS
from fototeca.dialects.acusight.requests import Id, Writer
from fototeca.errors import InvalidInput
from fototeca.http import Router, answering
from fototeca.library import Library

router = Router(route_class=answering(refuse), prefix="/api/data", tags=["data"])

_Share = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
_CLOSE = 1e-6


class SplitRequest(BaseModel):
    """How a batch is to be split.

    Attributes:
        mode: By proportions, all into one split, or as it is.
        force_reassignment: Assign images anew that have a split which nobody locked.
    """

    model_config = ConfigDict(
        json_schema_extra={"example": {"mode": "proportions", "train_split": 70, "val_split": 20, "test_split": 10}}
    )

    mode: Literal["proportions", "all", "existing"]
    train_split: _Share = 0.0
    val_split: _Share = 0.0
    test_split: _Share = 0.0
    target: Literal["train", "val", "test"] = "train"
    completed_only: StrictBool = True
    mark_all_complete: StrictBool = False
    force_reassignment: StrictBool = False
    promote_to_dataset: StrictBool = True


@router.put(
    "/batches/{id}/images/split",
    operation_id="splitBatch",
    summary="Split a batch",
    responses={200: {"model": shapes.One[shapes.Split]}},
)
def split_batch(caller: Writer, id: Id, body: SplitRequest) -> Response:  # noqa: A002 - named as in the description
    """Give a batch's images their splits; those that are locked keep theirs."""
    library = caller.library
    batch = found(library, id)
    shares = _shares(body)
    assets = {asset.id: asset for asset in library.load(images_of(library, batch))}
    members = {id_: m for id_, asset in assets.items() for m in asset.memberships if m.batch_id == batch.id}
    return render.one(_split(library, batch, body, shares, Images(assets, members)))


@dataclass(frozen=True, slots=True)
class Images:
    """A batch's images, and what its project says of them, by their ids."""

    assets: Mapping[int, Asset]
    members: Mapping[int, Membership]


def _split(
    library: Library, batch: Batch, body: SplitRequest, shares: Mapping[str, float], images: Images
) -> shapes.Split:
    """Choose and store the splits, and tell what became of the images."""
    members = images.members
    locked = {id_ for id_, m in members.items() if m.split_locked}
    ready = {id_ for id_, m in members.items() if body.mark_all_complete or m.annotation_status == COMPLETED}
    chosen = [id_ for id_ in members if id_ not in locked and (id_ in ready or not body.completed_only)]
    after = {id_: m.split for id_, m in members.items()}
    if body.mode != "existing":
        free = [id_ for id_ in chosen if body.force_reassignment or after[id_] is None]
        after |= _assigned(body, shares, free, images)
    moved = {id_: after[id_] for id_, m in members.items() if after[id_] != m.split}
    _store(library, batch, body, moved, list(members))
    counts = Counter(render.split_name(split) for split in after.values() if split)
    warnings = [] if chosen or not members else ["no image could be assigned: none is completed, or all are locked"]
    return {
        "batch_id": batch.id,
        "total": len(members),
        "train_count": counts["train"],
        "val_count": counts["val"],
        "test_count": counts["test"],
        "moved_count": len(moved),
        "kept_count": len(members) - len(moved),
        "locked_count": len(locked),
        "split_counts": {str(name): count for name, count in counts.items()},
        "class_distribution": _classes(after, images),
        "class_targets": _targets(shares, images),
        "warnings": warnings,
    }


def _shares(body: SplitRequest) -> dict[str, float]:
    """Return the part of each split, 0..1.

    Raises:
        InvalidInput: The proportions are neither fractions nor percentages of a whole.
    """
    if body.mode != "proportions":
        return {body.target: 1.0} if body.mode == "all" else {}
    parts = {"train": body.train_split, "val": body.val_split, "test": body.test_split}
    whole = sum(parts.values())
    if not any(abs(whole - allowed) < _CLOSE for allowed in (1.0, 100.0)):
        raise InvalidInput("train_split, val_split and test_split must total 1 or 100", field="train_split")
    return {name: part / whole for name, part in parts.items()}


def _assigned(
    body: SplitRequest, shares: Mapping[str, float], free: list[int], images: Images
) -> dict[int, str | None]:
    """Deal images out: in an order that depends on their bytes only, so that the same images end in the same split."""
    if body.mode == "all":
        return dict.fromkeys(free, SPLITS[body.target])
    ordered = sorted(free, key=lambda id_: hashlib.sha256(images.assets[id_].sha256.encode()).digest())
    dealt: dict[int, str | None] = {}
    start, reached = 0, 0.0
    for name, share in shares.items():
        reached += share
        end = round(reached * len(ordered))
        dealt |= dict.fromkeys(ordered[start:end], SPLITS[name])
        start = end
    return dealt


def _store(
    library: Library, batch: Batch, body: SplitRequest, moved: Mapping[int, str | None], everyone: list[int]
) -> None:
    if batch.collection_id is None:
        return
    by_split: dict[str | None, list[int]] = defaultdict(list)
    for id_, split in moved.items():
        by_split[split].append(id_)
    for split, ids in by_split.items():
        library.collections.put(batch.collection_id, ids, MembershipPatch(split=split))
    if body.mark_all_complete and everyone:
        library.collections.put(batch.collection_id, everyone, MembershipPatch(annotation_status=COMPLETED))
    if body.promote_to_dataset:
        library.records.batches.update(batch.id, BatchPatch(stage="dataset"))


def _classes(after: Mapping[int, str | None], images: Images) -> dict[str, dict[str, int]]:
    """Count the annotations of each class by split."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for id_, split in after.items():
        for said in images.assets[id_].annotations:
            counts[said.label][render.split_name(split) or "none"] += 1
    return {label: dict(by_split) for label, by_split in sorted(counts.items())}


def _targets(shares: Mapping[str, float], images: Images) -> dict[str, dict[str, int]]:
    """Return how many annotations of each class each split would have if classes were split as images are."""
    totals = Counter(said.label for id_ in images.members for said in images.assets[id_].annotations)
    return {
        label: {name: round(share * total) for name, share in shares.items()} for label, total in sorted(totals.items())
    }
