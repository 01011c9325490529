"""One batch of assets: their pictures decoded once, and shown to every stage that has not seen them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from fototeca.assets import Asset
from fototeca.catalog import Findings, Records, Wanted
from fototeca.errors import FototecaError, ModelError, NoDirection
from fototeca.ingest import Failure
from fototeca.library.enrichment.stage import Look, Stage
from fototeca.library.models import THREADS
from fototeca.library.pictures import Picture, Views

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Outcome:
    """What became of some looks.

    Attributes:
        seen: How many assets each stage has seen, by its name.
        failed: What could not be seen, and why.
        broken: Why stages could not work at all, by their names.
    """

    seen: dict[str, int] = field(default_factory=dict)
    failed: list[Failure] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """Assets whose pictures are in memory.

    Attributes:
        assets: By id, as their pictures were read.
        pictures: Each a picture, or why there is none.
        lacking: Ids of the assets that each stage has not seen, by its name.
    """

    assets: dict[int, Asset]
    pictures: dict[int, Picture | str]
    lacking: dict[str, set[int]]


def wanted(stage: Stage) -> Wanted:
    """Return a stage as the catalogue knows it."""
    return Wanted(stage.name, stage.maker, stage.kinds)


def prepare(records: Records, views: Views, ids: Sequence[int], stages: Sequence[Stage]) -> Batch:
    """Find out who lacks what, and decode the pictures of those, side by side."""
    missing = records.enrichments.missing
    lacking = {stage.name: set(missing([wanted(stage)], ids=ids, limit=len(ids))) for stage in stages}
    assets = {asset.id: asset for asset in records.assets.load(sorted(set().union(*lacking.values())))}
    with ThreadPoolExecutor(THREADS) as pool:
        pictures = dict(zip(assets, pool.map(lambda asset: _read(views, asset), assets.values()), strict=True))
    return Batch(assets, pictures, lacking)


def _read(views: Views, asset: Asset) -> Picture | str:
    try:
        return views.picture(asset)
    except FototecaError as error:
        return error.message


def show(records: Records, views: Views, batch: Batch, stages: Sequence[Stage], outcome: Outcome) -> None:
    """Show a batch to the stages, one after the other, and store what each finds before the next one looks."""
    for stage in stages:
        ids = batch.lacking[stage.name]
        if not ids:
            continue
        # Loaded anew, as the stages before have changed them; one with another original by now is for another batch.
        assets = [a for a in records.assets.load(sorted(ids)) if _same_file(a, batch.assets[a.id])]
        looks, errors = [], []
        for asset in assets:
            picture = batch.pictures[asset.id]
            if isinstance(picture, str):
                errors.append((asset, picture))
            else:
                looks.append(Look(asset, picture, partial(views.moments, asset)))
        try:
            found = _look(stage, looks, errors) if looks else []
        except ModelError as error:
            outcome.broken[stage.name] = error.message
            continue
        outcome.seen[stage.name] = outcome.seen.get(stage.name, 0) + records.enrichments.store(
            stage.name, stage.maker, found, stage.renews
        )
        outcome.failed += [Failure(asset.filename, f"{stage.name}: {error}") for asset, error in errors]
        if errors:
            records.enrichments.fail(stage.name, stage.maker, errors)
        for later in stage.renews:
            if later in batch.lacking:
                batch.lacking[later] |= {asset.id for asset, _ in found}


def _same_file(asset: Asset, before: Asset) -> bool:
    return (asset.version, asset.sha256) == (before.version, before.sha256)


def _look(stage: Stage, looks: Sequence[Look], errors: list[tuple[Asset, str]]) -> list[tuple[Asset, Findings]]:
    """Let a stage look; where that fails, at each picture alone, so that only the culprit fails."""
    try:
        found = stage.look(looks)
    except Exception as error:
        if isinstance(error, ModelError) and not isinstance(error, NoDirection):
            raise
        if len(looks) > 1:
            return [one for look in looks for one in _look(stage, [look], errors)]
        _log.warning("%s cannot see asset %s: %r", stage.name, looks[0].asset.id, error)
        errors.append((looks[0].asset, f"{type(error).__name__}: {error}"))
        return []
    return [(look.asset, findings) for look, findings in zip(looks, found, strict=True)]
