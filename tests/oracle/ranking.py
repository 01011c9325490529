"""Which documents a rank reaches, with what score and relevance, in plain Python and float64."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fototeca.assets import Owner
from fototeca.engine.documents import Document
from fototeca.errors import QueryError
from fototeca.query.expressions import Best, Fuse, Like, Rank, Sum, Text, Vector
from fototeca.query.fields import FREE_TEXT, Field, field
from fototeca.query.words import stem, tokens
from tests.oracle.matching import values_of

Array: TypeAlias = NDArray[np.float64]

K1, B = 1.2, 0.75
FUSION = 60
TEXT_DIGITS, VECTOR_DIGITS, FUSED_DIGITS = 6, 5, 12
"""Scores are rounded to so many decimals before they are compared."""
SAMPLE = 1_000
"""Documents against which a similarity is judged."""


@dataclass(frozen=True)
class Ranked:
    """How well a document answers.

    Attributes:
        score: Rounded; orders.
        relevance: From 0 to 1; cuts.
        exact: The score before rounding.
    """

    score: float
    relevance: float
    exact: float


def rank_all(rank: Rank, documents: list[Document], among: set[int]) -> dict[int, Ranked]:
    """Return what the rank says of those documents `among` which it reaches.

    The statistics of words and of similarities are those of all `documents`; only the positions of a `Fuse` are counted
    among those that match.

    Raises:
        QueryError: An example of a `Like` has no vector.
    """
    match rank:
        case Text():
            reached = _text(rank, documents)
        case Vector(space, embedding, least):
            near = _nearest(np.frombuffer(embedding, "<f4").astype(np.float64), space, documents)
            reached = {id_: ranked for id_, ranked in near.items() if ranked.relevance >= least}
        case Like():
            space = rank.space or _only_space(documents)
            reached = _nearest(_direction(rank, space, documents), space, documents)
        case Fuse(parts, weights):
            return _fuse([rank_all(part, documents, among) for part in parts], weights or (1.0,) * len(parts))
        case Sum(parts, weights):
            return _add([_strengths(part, documents, among) for part in parts], weights or (1.0,) * len(parts))
        case Best(parts):
            return _best([_strengths(part, documents, among) for part in parts])
        case _:
            raise AssertionError(rank)
    return {id_: ranked for id_, ranked in reached.items() if id_ in among}


# --- words --------------------------------------------------------------------------------------------------


def _text(rank: Text, documents: list[Document]) -> dict[int, Ranked]:
    """BM25F: frequencies weighted by field and by the field's length, added up, and then saturated."""
    words = {stem(token) for token in tokens(rank.words)}
    searched = _searched(rank.fields)
    stems = {d.id: {known.name: _stems(d, known) for known in searched} for d in documents}
    average = {known.name: _mean(len(held[known.name]) for held in stems.values()) for known in searched}

    def frequency(id_: int, word: str) -> float:
        total = 0.0
        for known in searched:
            held = stems[id_][known.name]
            if word in held:
                norm = 1 - B + B * len(held) / average[known.name]
                total += (known.weight or 1.0) * held.count(word) / norm
        return total

    holding = {word: [id_ for id_ in stems if frequency(id_, word)] for word in words}
    idf = {word: math.log(1 + (len(stems) - len(ids) + 0.5) / (len(ids) + 0.5)) for word, ids in holding.items()}
    reached = {}
    for id_ in stems:
        held = {word: frequency(id_, word) for word in words if id_ in holding[word]}
        if held and (len(held) == len(words) or not rank.every):
            score = sum(idf[word] * weight / (K1 + weight) for word, weight in held.items())
            reached[id_] = Ranked(round(score, TEXT_DIGITS), score / sum(idf.values()), score)
    return reached


def _searched(names: tuple[str, ...]) -> list[Field]:
    """Return the fields named, each once; "text" and no name at all stand for the free-text fields."""
    named = [part for name in names or ("text",) for part in (FREE_TEXT if name == "text" else (field(name),))]
    return list({known.name: known for known in named}.values())


def _stems(document: Document, known: Field) -> list[str]:
    texts = [value for value in values_of(document, known) if isinstance(value, str)]
    return [stem(token) for text in texts for token in tokens(text)]


def _mean(lengths: Iterable[int]) -> float:
    """Return the mean length of those that hold something."""
    held = [length for length in lengths if length]
    return sum(held) / len(held) if held else 0.0


# --- vectors ------------------------------------------------------------------------------------------------


def _unit_rows(document: Document, space: str) -> Array:
    """Return a document's rows as unit vectors: "of a row only its direction counts"; zero has none.

    "One whose length is not one is made a unit vector when it comes in", in half precision as all are.
    """
    rows: Array = np.atleast_2d(np.asarray(document.vectors.get(space, ()), np.float64))
    rows = rows[rows.any(axis=1)]
    lengths: Array = np.linalg.norm(rows, axis=1, keepdims=True)
    kept = np.where(np.abs(lengths - 1) > 1e-3, (rows / lengths).astype(np.float16), rows)
    units: Array = kept / np.linalg.norm(kept, axis=1, keepdims=True)
    return units


def _only_space(documents: list[Document]) -> str:
    spaces = {space for document in documents for space in document.vectors if len(_unit_rows(document, space))}
    if len(spaces) != 1:
        raise QueryError("no space is the only one")
    return spaces.pop()


def _direction(like: Like, space: str, documents: list[Document]) -> Array:
    """Return the mean of the examples' unit vectors less half the mean of the counter-examples'.

    Of a document all rows are examples; of another owner those that belong to it, in whichever document.
    """
    rows = {document.id: _unit_rows(document, space) for document in documents}
    if like.owner is not Owner.ASSET:
        rows = {}
        for document in documents:
            held = _unit_rows(document, space)
            for owner, row in zip(document.owners.get(space) or [document.id] * len(held), held, strict=True):
                rows[owner] = np.concatenate([rows.get(owner, held[:0]), row[None]])

    def mean(ids: tuple[int, ...]) -> Array:
        if not all(len(rows.get(id_, ())) for id_ in ids):
            raise QueryError("an example has no vector")
        return np.asarray(np.concatenate([rows[id_] for id_ in ids]).mean(axis=0))

    return mean(like.ids) - (mean(like.unlike) / 2 if like.unlike else 0.0)


def _nearest(direction: Array, space: str, documents: list[Document]) -> dict[int, Ranked]:
    """Score by the highest cosine of a document's rows; judge it by how it stands out of a sample of the others."""
    length = float(np.linalg.norm(direction))
    held = {document.id: rows for document in documents if len(rows := _unit_rows(document, space))}
    if not held or length < 1e-6:
        return {}
    cosines = {id_: float((rows @ direction).max()) / length for id_, rows in held.items()}
    sample = [cosines[id_] for id_ in sorted(cosines, key=_splitmix64)[:SAMPLE]]
    centre = median(sample)
    spread = max(1.4826 * median(abs(cosine - centre) for cosine in sample), 0.02)
    reached = {}
    for id_, cosine in cosines.items():
        score = round(cosine, VECTOR_DIGITS)
        reached[id_] = Ranked(score, 1 / (1 + math.exp(3 - (score - centre) / spread)), cosine)
    return reached


def _splitmix64(id_: int) -> int:
    """Mix the bits of an id (Steele, Lea and Flood, OOPSLA 2014), which makes the sample a random one."""
    mask = 2**64 - 1
    mixed = (id_ + 0x9E3779B97F4A7C15) & mask
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & mask
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & mask
    return mixed ^ mixed >> 31


# --- fusion -------------------------------------------------------------------------------------------------


def positions(ranked: dict[int, Ranked]) -> dict[int, int]:
    """Return each document's place, from 1: best score first, ties by id ascending."""
    in_order = sorted(ranked, key=lambda id_: (-ranked[id_].score, id_))
    return {id_: place for place, id_ in enumerate(in_order, 1)}


def _fuse(parts: list[dict[int, Ranked]], weights: tuple[float, ...]) -> dict[int, Ranked]:
    """The sum of weight / (60 + position) over the parts that reach a document."""
    places = [positions(part) for part in parts]
    fused = {}
    for id_ in {id_ for part in parts for id_ in part}:
        score = sum(w / (FUSION + place[id_]) for w, place in zip(weights, places, strict=True) if id_ in place)
        doubt = math.prod(1 - part[id_].relevance for part in parts if id_ in part)
        fused[id_] = Ranked(round(score, FUSED_DIGITS), 1 - doubt, score)
    return fused


def _strengths(rank: Rank, documents: list[Document], among: set[int]) -> dict[int, float]:
    """ "A `Text` speaks with its relevance, any other rank with its score"; below 0 says nothing."""
    ranked = rank_all(rank, documents, among)
    return {id_: max(r.relevance if isinstance(rank, Text) else r.score, 0.0) for id_, r in ranked.items()}


def _add(parts: list[dict[int, float]], weights: tuple[float, ...]) -> dict[int, Ranked]:
    """The weighted sum of the strengths; the relevance is the same, at most 1."""
    added = {}
    for id_ in {id_ for part in parts for id_ in part}:
        score = sum(weight * part.get(id_, 0.0) for weight, part in zip(weights, parts, strict=True))
        added[id_] = Ranked(round(score, FUSED_DIGITS), min(score, 1.0), score)
    return added


def _best(parts: list[dict[int, float]]) -> dict[int, Ranked]:
    """The highest of the strengths."""
    highest = {id_: max(part.get(id_, 0.0) for part in parts) for part in parts for id_ in part}
    return {id_: Ranked(score, min(score, 1.0), score) for id_, score in highest.items()}


# --- comparing with another implementation ------------------------------------------------------------------


def is_settled(rank: Rank, documents: list[Document], among: set[int]) -> bool:
    """Whether the order is the same for everybody who computes the scores to a twentieth of a rounding step.

    It is not where two scores are less than two steps apart and one of them lies on the edge between two steps.
    """
    if isinstance(rank, Fuse | Sum | Best) and not all(is_settled(part, documents, among) for part in rank.parts):
        return False
    if isinstance(rank, Sum | Best):
        exact = sorted(ranked.exact for ranked in rank_all(rank, documents, among).values())
        return not any(1e-9 < following - score < 1e-4 for score, following in pairwise(exact))
    digits = {Text: TEXT_DIGITS, Fuse: FUSED_DIGITS}.get(type(rank), VECTOR_DIGITS)
    steps = sorted(ranked.exact * 10**digits for ranked in rank_all(rank, documents, among).values())
    on_edge = [abs(step - math.floor(step) - 0.5) < 0.05 for step in steps]
    return not any(
        following - step < 2 and (on_edge[place] or on_edge[place + 1])
        for place, (step, following) in enumerate(pairwise(steps))
    )
