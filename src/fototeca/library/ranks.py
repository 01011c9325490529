"""Ranks on their way to the engine: joined, narrowed to one kind of thing, and made into vectors by the models."""

from __future__ import annotations

from dataclasses import replace

from fototeca.assets import Owner
from fototeca.errors import InvalidInput
from fototeca.library.meaning import Meanings
from fototeca.query import Best, Fuse, Like, Meaning, Rank, Sum


def joined(rank: Rank | None, other: Rank) -> Rank:
    """Return both ranks as one."""
    return other if rank is None else Fuse((rank, other))


def among(rank: Rank, owner: Owner) -> Rank:
    """Compare the meaning of words with one kind of thing.

    Raises:
        InvalidInput: Words cannot be compared with such things.
    """
    match rank:
        case Meaning():
            if owner is Owner.FACE:
                raise InvalidInput("words cannot be compared with faces", field="among", allowed="asset, object")
            return replace(rank, owner=owner)
        case Fuse(parts=parts, weights=weights):
            return Fuse(tuple(among(part, owner) for part in parts), weights)
    return rank


def resolved(meanings: Meanings, rank: Rank | None, least: float | None) -> Rank | None:
    """Replace what needs a model by what the engine understands; without a model, meaning is left out.

    Args:
        meanings: The library's.
        rank: What is asked.
        least: As `Meanings.of_text` takes it.

    Raises:
        InvalidInput: Nothing is left, or likeness is asked for and there are no vectors.
    """
    match rank:
        case Fuse(parts=parts, weights=weights) | Sum(parts=parts, weights=weights):
            weighted = zip(parts, weights or (1.0,) * len(parts), strict=True)
            known = [(_meant(meanings, part, least), weight) for part, weight in weighted]
            kept = [(part, weight) for part, weight in known if part is not None]
            if len(kept) > 1 or (kept and isinstance(rank, Sum)):
                return replace(rank, parts=tuple(part for part, _ in kept), weights=tuple(w for _, w in kept))
            return kept[0][0] if kept else resolved(meanings, parts[0], least)
        case Best(parts=parts):
            return Best(tuple(meant for part in parts if (meant := _meant(meanings, part, least)) is not None))
        case Meaning():
            vector = _meant(meanings, rank, least)
            if vector is None:
                raise InvalidInput("searching by meaning needs a model, and none is installed", field="query")
            return vector
        case _:
            return rank if rank is None else _meant(meanings, rank, least)


def _meant(meanings: Meanings, rank: Rank, least: float | None) -> Rank | None:
    match rank:
        case Meaning(words=words, owner=owner, unlike=unlike):
            return meanings.of_text(words, least, owner, unlike)
        case Like(space="", owner=owner):
            return replace(rank, space=meanings.space(owner))
        case Fuse() | Sum() | Best():
            return resolved(meanings, rank, least)
        case _:
            return rank
