"""From a rank to scores: which of the matching rows a rank reaches, and how good they are.

Scores are rounded (`Text` to 1e-6, cosines to 1e-5), so that ties are ties whichever way segments are cut.

`evaluate` scores everything that a rank reaches. `head` finds the best of it alone, which is all that the first pages
need: it saves computing a million cosines to show fifty hits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from fototeca.assets import Owner
from fototeca.engine import vectors
from fototeca.engine.arrays import Rows, group_starts, held, mask_of
from fototeca.engine.fusion import add, best, enough, fuse, fuse_heads
from fototeca.engine.nearest import nearest, reaching
from fototeca.engine.relevance import SAMPLE, Usual
from fototeca.engine.results import Matched
from fototeca.engine.scored import Head, Scored
from fototeca.engine.segment import indexes_words
from fototeca.engine.snapshot import Snapshot
from fototeca.engine.text import K1, B, TextIndex
from fototeca.engine.wording import searched
from fototeca.errors import LimitExceeded, QueryError
from fototeca.query.expressions import Best, Fuse, Like, Rank, Sum, Text, Vector, walk
from fototeca.query.fields import STRINGS, field
from fototeca.query.words import stem, tokens

MAX_EXAMPLES = 1000
MAX_DEPTH = 8
_TEXT_DIGITS = 6

_CUT_HEAD = 4000  # best documents among which a cut is looked for


@dataclass(frozen=True)
class Ranking:
    """Evaluates ranks over one snapshot.

    Attributes:
        snapshot: What is searched.
        chosen: For each of its views, the rows that match the filter.
    """

    snapshot: Snapshot
    chosen: Sequence[BitMap]

    @cached_property
    def masks(self) -> list[NDArray[np.bool_]]:
        """For each view, which rows match the filter."""
        return [mask_of(rows, len(view.segment)) for rows, view in zip(self.chosen, self.snapshot, strict=True)]

    def head(self, rank: Rank, count: int, depth: int = 0, sure: int | None = None) -> Head | None:
        """Return the best `count` documents that the rank reaches, in each view; `None` where it takes `evaluate`.

        Of vectors, those behind the first `sure` are looked for with less effort.

        Raises:
            QueryError: As `evaluate` does.
            LimitExceeded: Likewise.
        """
        match rank:
            case Vector(least=least):
                return self._nearest(*self._aim(rank), count, sure or count, least)
            case Like():
                return self._nearest(*self._aim(rank), count, sure or count, 0.0)
            case Fuse(parts=parts, weights=weights) if depth < MAX_DEPTH:
                sure, count = sure or count, enough(count, weights, len(parts))
                heads = [self.head(part, count, depth + 1, sure) for part in parts]
                known = [head for head in heads if head is not None]
                if len(known) < len(heads) or any(head.reached and head.judge is None for head in known):
                    return None
                ids = [view.segment.ids for view in self.snapshot]
                if any(head.reached is not None for head in known):
                    if not any(c.lists for view in self.snapshot for c in view.segment.vectors.values()):
                        return None  # nothing is too large to be scored whole
                    return fuse_heads(ids, known, weights, count)
                ways = tuple(way for head in known for way in head.ways)
                fused = fuse(ids, [head.scored for head in known], weights)
                return Head(fused, None, all(head.exact for head in known), ways)
            case Fuse():
                return None
            case _:
                return Head(self.evaluate(rank, depth), None, exact=True)

    def _nearest(self, space: str, direction: NDArray[np.float64], count: int, sure: int, least: float) -> Head | None:
        unit = self._unit(space, direction)
        if unit is None:
            return Head([Scored.none() for _ in self.snapshot], None, exact=True)
        columns = [view.segment.vectors.get(space) for view in self.snapshot]
        if least > 0 and not any(column is not None and column.lists for column in columns):
            return None  # all that pass the cut are hits: where scanning is cheap, that is quickest
        usual = cache(lambda: self._usual(space, unit))
        if least > 0 and usual().share(least) * sum(map(len, self.chosen)) > _CUT_HEAD:
            return None  # more pass the cut than a head holds
        count = max(count, _CUT_HEAD if least > 0 else 1)
        heads = [
            None if column is None else nearest(column, unit, rows, count, count if least > 0 else sure)
            for column, rows in zip(columns, self.chosen, strict=True)
        ]
        scored = [Scored.none() if head is None else _by_cosine(head.rows, head.cosines, usual) for head in heads]
        reached = [
            BitMap() if column is None else rows if len(column.present) == column.size else rows & column.present
            for column, rows in zip(columns, self.chosen, strict=True)
        ]
        left = [len(rows) - len(part.rows) for rows, part in zip(reached, scored, strict=True)]
        if least > 0:
            if any(more and part.relevance.min(initial=1) >= least for more, part in zip(left, scored, strict=True)):
                return None
            scored = [part.keep(part.relevance >= least) for part in scored]
        exact = all(head is None or head.exact for head in heads)
        ways = tuple(head.way for head in heads if head is not None)
        if least > 0 or not any(left):
            return Head(scored, None, exact, ways)

        def judge(at: int, rows: Rows) -> Scored:
            column = columns[at]
            if column is None:
                return Scored.none()
            entries = column.entries_of(rows)
            return _by_cosine(*column.best_of(entries, column.cosines_of(entries, unit)), usual)

        def beyond(cosines: NDArray[np.float64]) -> NDArray[np.float64]:
            worst = min(part.scores.min(initial=1) for part in scored)
            return usual().positions(cosines, worst, sum(len(part.rows) for part in scored), sum(map(len, reached)))

        return Head(scored, reached, exact, ways, judge, beyond)

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
                return self._direction(*self._aim(rank), least)
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
        return [Scored(s.rows, s.relevance, s.relevance) for s in scored] if isinstance(rank, Text) else scored

    def _text(self, rank: Text) -> list[Scored]:
        weights = _weights(rank.fields)
        stems = list(dict.fromkeys(map(stem, tokens(rank.words))))
        averages = {}
        for name in weights:
            count, units = self.snapshot.lengths(name)
            averages[name] = count / units if units else 1.0
        by_kind = [_by_kind(view.segment.text, weights, averages) for view in self.snapshot]
        size = len(self.snapshot)
        ceiling = 0.0
        parts: list[list[tuple[Rows, NDArray[np.float64]]]] = [[] for _ in self.snapshot]
        for each in stems:
            found = [self._weigh(at, each, kinds) for at, kinds in enumerate(by_kind)]
            count = sum(live for live, _, _ in found)
            idf = float(np.log1p((size - count + 0.5) / (count + 0.5)))
            ceiling += idf
            for part, (_, rows, weighed) in zip(parts, found, strict=True):
                part.append((rows, idf * weighed / (K1 + weighed)))
        needed = len(stems) if rank.every else 1
        return [_summed(part, needed, ceiling) for part in parts]

    def _weigh(self, at: int, wanted: str, by_kind: NDArray[np.float64]) -> tuple[int, Rows, NDArray[np.float64]]:
        """Return how many live rows of a view hold a stem, and of those that match the filter the rows and w(d, s)."""
        view = self.snapshot.views[at]
        text = view.segment.text
        rows, kinds = text.postings.of_codes(text.codes_of_stem(wanted))
        parts = by_kind.take(kinds)
        if not parts.all():  # some are of fields that are not searched
            rows, parts = rows[parts > 0], parts[parts > 0]
        alive = rows[view.live_mask[rows]] if view.deleted else rows
        live = len(alive) - int(np.count_nonzero(alive[1:] == alive[:-1]))
        if len(self.chosen[at]) < len(view.segment):
            matching = np.flatnonzero(held(view.segment.bits(self.chosen[at]), rows))
            rows, parts = rows.take(matching), parts.take(matching)
        if live < len(alive):  # some hold it in several fields
            firsts = group_starts(rows)
            rows, parts = rows[firsts], np.add.reduceat(parts, firsts) if len(firsts) else parts
        return live, rows, parts

    def matched(self, rank: Rank, at: int, rows: Rows) -> list[tuple[Matched, ...]]:
        """Return what in some rows of a view, that the rank was evaluated for, each of its vectors found."""
        told: list[tuple[Matched, ...]] = [()] * len(rows)
        for part in walk(rank):
            if not isinstance(part, Vector | Like):
                continue
            space, direction = self._aim(part)
            unit, column = self._unit(space, direction), self.snapshot.views[at].segment.vectors.get(space)
            if unit is None or column is None:
                continue
            for place, owner, cosine in column.nearest_owners(rows, unit):
                told[place] += (Matched(space, owner, cosine),)
        return told

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

    def _direction(self, space: str, direction: NDArray[np.float64], least: float = 0.0) -> list[Scored]:
        """Score by cosine to a direction, which need not be a unit vector, what is at least so relevant."""
        unit = self._unit(space, direction)
        if unit is None:
            return [Scored.none() for _ in self.snapshot]
        usual = cache(lambda: self._usual(space, unit))
        cut = usual().cosine(least) - _SLACK if 0 < least < 1 and len(usual().cosines) else None
        share = usual().share(least) if least > 0 else 1.0
        results = []
        for at, view in enumerate(self.snapshot):
            column = view.segment.vectors.get(space)
            if column is None:
                results.append(Scored.none())
                continue
            if cut is None:
                found = column.cosines(unit, self.masks[at])
            else:
                found = reaching(column, unit, self.chosen[at], cut, int(share * len(self.chosen[at])))
            scored = _by_cosine(*found, usual)
            results.append(scored.keep(scored.relevance >= least) if least > 0 else scored)
        return results

    def _unit(self, space: str, direction: NDArray[np.float64]) -> NDArray[np.float32] | None:
        """Return the unit vector of a direction, `None` where it has no length."""
        dimension = self.snapshot.spaces.get(space)
        if dimension is not None and dimension != len(direction):
            raise QueryError(f'the space "{space}" has {dimension} dimensions, not {len(direction)}')
        length = math.sqrt(direction @ direction)
        if not math.isfinite(length):
            raise QueryError("a vector must be of finite numbers")
        return (direction / length).astype(np.float32) if length > _LEAST_LENGTH else None

    def usual(self, asked: Vector) -> Usual:
        """Return what a vector finds in its space's sample; nothing for one without a direction."""
        space, direction = self._aim(asked)
        unit = self._unit(space, direction)
        return Usual.of(np.empty(0)) if unit is None else self._usual(space, unit)

    def _usual(self, space: str, unit: NDArray[np.float32]) -> Usual:
        """Return what a direction finds in the space's sample."""
        parts = [view.sample(space, unit) for view in self.snapshot]
        cosines = np.concatenate([np.empty(0, np.float32), *(cosines for _, cosines in parts)])
        if len(parts) > 1:
            cosines = cosines[np.argsort(np.concatenate([numbers for numbers, _ in parts]))[:SAMPLE]]
        return Usual.of(cosines)


def _by_cosine(rows: Rows, found: NDArray[np.float32], usual: Callable[[], Usual]) -> Scored:
    wide: NDArray[np.float64] = found.astype(np.float64)
    scores = np.round(wide, vectors.SCORE_DIGITS)
    return Scored(rows, scores, lambda: usual().relevance(scores))


_LEAST_LENGTH = 1e-9
_SLACK = 10.0**-vectors.SCORE_DIGITS  # scores are rounded before their relevance is told


def _weights(names: Sequence[str]) -> dict[str, float]:
    """Return the weights of the fields searched; none named means free text."""
    weights: dict[str, float] = {}
    for name in names or ("text",):
        known = field(name)
        if known.type not in STRINGS or not (known.name == "text" or indexes_words(known)):
            raise QueryError(f'field "{known.name}" ({known.type}) takes no part in ranking by words', field=known.name)
        weights |= searched(known)
    return weights


def _by_kind(text: TextIndex, weights: dict[str, float], averages: dict[str, float]) -> NDArray[np.float64]:
    """Return what a posting of each kind adds to w(d, s), 0 where its field is not searched."""
    norms = np.array([(1 - B) / weights[f] if f in weights else np.inf for f in text.fields])
    slopes = np.array([B / (averages[f] * weights[f]) if f in weights else 0.0 for f in text.fields])
    return text.weights(norms, slopes)


def _summed(parts: Sequence[tuple[Rows, NDArray[np.float64]]], needed: int, ceiling: float) -> Scored:
    """Add up what the words give the rows of a view that hold enough of them."""
    if not parts:
        return Scored.none()
    if len(parts) == 1:
        ((rows, scores),) = parts
    else:
        everyone = np.concatenate([rows for rows, _ in parts])
        order = np.argsort(everyone, kind="stable")
        rows, gains = everyone.take(order), np.concatenate([gains for _, gains in parts]).take(order)
        firsts = group_starts(rows)
        enough = slice(None) if needed == 1 else np.diff(np.append(firsts, len(order))) >= needed
        scores = np.add.reduceat(gains, firsts) if len(firsts) else gains
        rows, scores = rows[firsts][enough], scores[enough]
    scores = np.round(scores, _TEXT_DIGITS)
    return Scored(rows, scores, scores / ceiling if ceiling else scores)
