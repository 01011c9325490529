"""From a rank to scores: which of the matching rows a rank reaches, and how good they are.

Scores are rounded (`Text` to 1e-6, cosines to 1e-5), so that ties are ties whichever way segments are cut.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fototeca.assets import Owner
from fototeca.engine import vectors
from fototeca.engine.arrays import Rows
from fototeca.engine.fusion import add, best, fuse
from fototeca.engine.results import Matched
from fototeca.engine.scored import Scored
from fototeca.engine.segment import Segment, indexes_words
from fototeca.engine.snapshot import Snapshot
from fototeca.engine.text import K1, B
from fototeca.engine.wording import searched
from fototeca.errors import LimitExceeded, QueryError
from fototeca.query.expressions import Best, Fuse, Like, Rank, Sum, Text, Vector, walk
from fototeca.query.fields import STRINGS, field
from fototeca.query.words import stem, tokens

MAX_EXAMPLES = 1000
MAX_DEPTH = 8
_TEXT_DIGITS = 6

Masks = Sequence[NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Evaluates ranks over one snapshot.

    Attributes:
        snapshot: What is searched.
        masks: For each of its views, which rows match the filter.
    """

    snapshot: Snapshot
    masks: Masks

    def evaluate(self, rank: Rank, depth: int = 0) -> list[Scored]:
        """Return for each view the rows that the rank reaches.

        Raises:
            QueryError: The rank cannot be answered here, or names what does not exist.
            LimitExceeded: It is too large.
        """
        if depth > MAX_DEPTH:
            raise LimitExceeded("ranks are nested too deeply", allowed=f"at most {MAX_DEPTH} levels")
        match rank:
            case Text():
                return self._text(rank)
            case Vector(least=least):
                return [scored.keep(scored.relevance >= least) for scored in self._direction(*self._aim(rank))]
            case Like():
                return self._direction(*self._aim(rank))
            case Fuse(parts=parts, weights=weights):
                return fuse(self._ids(), [self.evaluate(part, depth + 1) for part in parts], weights)
            case Sum(parts=parts, weights=weights):
                return add(self._ids(), [self._strengths(part, depth + 1) for part in parts], weights)
            case Best(parts=parts):
                return best(self._ids(), [self._strengths(part, depth + 1) for part in parts])
            case _:
                raise QueryError(f"{type(rank).__name__} must be made a vector before the index can answer it")

    def _ids(self) -> list[NDArray[np.int64]]:
        return [view.segment.ids for view in self.snapshot]

    def _strengths(self, rank: Rank, depth: int) -> list[Scored]:
        """Evaluate a rank with scores that may be compared with those of other ranks, see `Sum`."""
        scored = self.evaluate(rank, depth)
        return [replace(each, scores=each.relevance) for each in scored] if isinstance(rank, Text) else scored

    def _text(self, rank: Text) -> list[Scored]:
        weights = _weights(rank.fields)
        stems = list(dict.fromkeys(map(stem, tokens(rank.words))))
        averages = {}
        for name in weights:
            count, units = self.snapshot.lengths(name)
            averages[name] = count / units if units else 1.0
        size = len(self.snapshot)
        scores = [np.zeros(len(view.segment)) for view in self.snapshot]
        held = [np.zeros(len(view.segment), np.int32) for view in self.snapshot]
        ceiling = 0.0
        for each in stems:
            found = [self._weigh(at, each, weights, averages) for at in range(len(scores))]
            count = sum(len(rows) for rows, _ in found)
            idf = float(np.log1p((size - count + 0.5) / (count + 0.5)))
            ceiling += idf
            for score, times, (rows, weighed) in zip(scores, held, found, strict=True):
                score[rows] += idf * weighed / (K1 + weighed)
                times[rows] += 1
        needed = len(stems) if rank.every else 1
        results = []
        for mask, score, times in zip(self.masks, scores, held, strict=True):
            rows = np.flatnonzero((times >= max(needed, 1)) & mask).astype(np.int32)
            rounded = np.round(score[rows], _TEXT_DIGITS)
            results.append(Scored(rows, rounded, rounded / ceiling if ceiling else rounded))
        return results

    def _weigh(
        self, at: int, wanted: str, weights: dict[str, float], averages: dict[str, float]
    ) -> tuple[Rows, NDArray[np.float64]]:
        """Return the live rows of a view that hold a stem, and their w(d, s)."""
        view = self.snapshot.views[at]
        text = view.segment.text
        norms = np.array([(1 - B) / weights[f] if f in weights else np.inf for f in text.fields])
        slopes = np.array([B / (averages[f] * weights[f]) if f in weights else 0.0 for f in text.fields])
        rows, weighed = text.weigh(wanted, norms, slopes)
        if view.deleted:
            live = view.live_mask[rows]
            rows, weighed = rows[live], weighed[live]
        return rows, weighed

    def matcher(self, rank: Rank | None) -> Callable[[Segment, int], tuple[Matched, ...]]:
        """Return what says of a row, which must be one that the rank was evaluated for, what in it was found."""
        aims = [self._aim(part) for part in walk(rank) if isinstance(part, Vector | Like)] if rank else []
        aims = [(space, direction) for space, direction in aims if np.linalg.norm(direction) > _LEAST_LENGTH]

        def matched(segment: Segment, row: int) -> tuple[Matched, ...]:
            found = []
            for space, direction in aims:
                column = segment.vectors.get(space)
                best = None if column is None else column.best(row, direction)
                if best is not None:
                    found.append(Matched(space, *best))
            return tuple(found)

        return matched

    def _aim(self, rank: Vector | Like) -> tuple[str, NDArray[np.float64]]:
        """Return the space and the direction, which need not be a unit vector, that a rank asks for."""
        if isinstance(rank, Vector):
            if len(rank.embedding) % 4:
                raise QueryError("an embedding is a sequence of float32 values")
            return rank.space, np.frombuffer(rank.embedding, "<f4").astype(np.float64)
        if not rank.ids:
            raise QueryError("likeness needs at least one example")
        if len(rank.ids) + len(rank.unlike) > MAX_EXAMPLES:
            raise LimitExceeded("too many examples", allowed=f"at most {MAX_EXAMPLES}")
        space = rank.space or self._only_space()
        direction = self._examples(space, rank.ids, rank.owner).mean(axis=0)
        if rank.unlike:
            direction = direction - self._examples(space, rank.unlike, rank.owner).mean(axis=0) / 2
        return space, direction

    def _only_space(self) -> str:
        spaces = self.snapshot.spaces
        if len(spaces) != 1:
            raise QueryError("likeness needs the name of a vector space" if spaces else "no asset has a vector yet")
        return next(iter(spaces))

    def _examples(self, space: str, ids: Sequence[int], owner: Owner) -> NDArray[np.float64]:
        """Return the unit vectors of documents, or of what is in them, each row one."""
        found: list[NDArray[np.float64]] = []
        for each in dict.fromkeys(ids):
            before = len(found)
            known = each if 0 < each < 1 << 63 else 0
            for view in self.snapshot:
                column = view.segment.vectors.get(space)
                if column is None:
                    continue
                if owner is not Owner.ASSET:
                    found += list(column.units_of(known, view.live_mask))
                elif len(rows := view.rows_of_ids(np.array([known], np.int64))):
                    found += list(column.units(int(rows[0])))
            if len(found) == before:
                raise QueryError(f'{owner} {each} has no vector in the space "{space}"')
        return np.array(found)

    def _direction(self, space: str, direction: NDArray[np.float64]) -> list[Scored]:
        """Score by cosine to a direction, which need not be a unit vector."""
        dimension = self.snapshot.spaces.get(space)
        if dimension is not None and dimension != len(direction):
            raise QueryError(f'the space "{space}" has {dimension} dimensions, not {len(direction)}')
        if not np.isfinite(direction).all():
            raise QueryError("a vector must be of finite numbers")
        length = float(np.linalg.norm(direction))
        unit = (direction / (length or 1.0)).astype(np.float32)
        columns = [view.segment.vectors.get(space) if length > _LEAST_LENGTH else None for view in self.snapshot]
        sample = self._sample(space, unit) if length > _LEAST_LENGTH else np.empty(0)
        results = []
        for column, mask in zip(columns, self.masks, strict=True):
            if column is None:
                results.append(Scored.none())
                continue
            rows, found = column.cosines(unit, mask)
            cosines: NDArray[np.float64] = found.astype(np.float64)
            scores = np.round(cosines, vectors.SCORE_DIGITS)
            results.append(Scored(rows, scores, vectors.relevance(scores, sample)))
        return results

    def _sample(self, space: str, unit: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the cosines of the space's sample, see `fototeca.engine.vectors`."""
        numbers, cosines = [], []
        for view in self.snapshot:
            column = view.segment.vectors.get(space)
            if column is None:
                continue
            chosen = np.zeros(len(view.segment), np.bool_)
            chosen[view.sample(space)] = True
            rows, found = column.cosines(unit, chosen)
            numbers.append(vectors.scatter(view.segment.ids[rows]))
            cosines.append(found)
        if not numbers:
            return np.empty(0)
        first = np.argsort(np.concatenate(numbers))[: vectors.SAMPLE]
        return np.concatenate(cosines)[first].astype(np.float64)


_LEAST_LENGTH = 1e-9


def _weights(names: Sequence[str]) -> dict[str, float]:
    """Return the weights of the fields searched; none named means free text."""
    weights: dict[str, float] = {}
    for name in names or ("text",):
        known = field(name)
        if known.type not in STRINGS or not (known.name == "text" or indexes_words(known)):
            raise QueryError(f'field "{known.name}" ({known.type}) takes no part in ranking by words', field=known.name)
        weights |= searched(known)
    return weights
