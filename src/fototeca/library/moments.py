"""Which moments of a video a question by meaning or likeness found.

The index ranks a video by the best of its moments and its poster. Which moments those were is found for the videos of
one page only, from the vectors in the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from fototeca.assets import Owner
from fototeca.catalog import Records
from fototeca.library.models import FRAMES, frames_of
from fototeca.query import Fuse, Like, Rank, Vector

MOST = 5
"""Moments named of one video."""

NEAR = 0.9
"""A moment is named if it fits at least so well, of how well the best one of its video does."""

Floats: TypeAlias = npt.NDArray[np.float64]


class Moment(NamedTuple):
    """A moment of a video that fits a question.

    Attributes:
        seconds: Where in the video.
        likeness: How well it fits: the cosine to what was asked for, or the sum where several things were.
    """

    seconds: float
    likeness: float


def matched(records: Records, rank: Rank | None, asset_ids: Sequence[int]) -> dict[int, tuple[Moment, ...]]:
    """Find the moments of some videos that fit best, the best first; videos without any are left out.

    Args:
        records: Of the videos' workspace.
        rank: As the index answered it.
        asset_ids: The videos.
    """
    spaces = {space.name for space in records.spaces.all()}
    asked = [
        (space if space.endswith(FRAMES) else frames_of(space), direction)
        for space, direction in _directions(records, rank)
    ]
    asked = [(space, direction) for space, direction in asked if space in spaces]
    if not asked or not asset_ids:
        return {}
    seconds = {frame.id: frame.seconds for frame in records.frames.of_assets(asset_ids)}
    fits: dict[int, dict[int, float]] = {}
    for space, direction in asked:
        for asset_id, embeddings in records.embeddings.load(space, asset_ids).items():
            cosines = _units([embedding.vector for embedding in embeddings]) @ direction
            video = fits.setdefault(asset_id, {})
            for embedding, cosine in zip(embeddings, cosines.tolist(), strict=True):
                video[embedding.owner_id] = video.get(embedding.owner_id, 0.0) + cosine
    return {asset_id: _best(video, seconds) for asset_id, video in fits.items()}


def _best(video: dict[int, float], seconds: dict[int, float]) -> tuple[Moment, ...]:
    ranked = sorted((Moment(seconds[id_], round(fit, 5)) for id_, fit in video.items()), key=lambda one: -one.likeness)
    least = ranked[0].likeness - (1 - NEAR) * abs(ranked[0].likeness)
    return tuple(moment for moment in ranked[:MOST] if moment.likeness >= least)


def _directions(records: Records, rank: Rank | None) -> Iterator[tuple[str, Floats]]:
    """The spaces that a rank asks, and the unit vector that it looks for in each."""
    match rank:
        case Fuse(parts=parts):
            for part in parts:
                yield from _directions(records, part)
        case Vector(space=space, embedding=embedding):
            yield space, _unit(np.frombuffer(embedding, "<f4").astype(np.float64))
        case Like(ids=ids, unlike=unlike, space=space, owner=Owner.ASSET):
            # As the index does it: see `fototeca.query.Like`.
            direction = _examples(records, space, ids)
            yield space, _unit(direction - _examples(records, space, unlike) / 2)


def _examples(records: Records, space: str, ids: Sequence[int]) -> Floats:
    """The mean of the unit vectors of some assets and their moments; zero where there are none."""
    found = [
        embedding.vector
        for name in (space, frames_of(space))
        for embeddings in records.embeddings.load(name, ids).values()
        for embedding in embeddings
    ]
    return _units(found).mean(axis=0) if found else np.zeros(1)


def _units(vectors: Sequence[bytes]) -> Floats:
    rows = np.stack([np.frombuffer(vector, "<f2") for vector in vectors]).astype(np.float64)
    units: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return units


def _unit(vector: Floats) -> Floats:
    unit: Floats = vector / max(float(np.linalg.norm(vector)), 1e-9)
    return unit
