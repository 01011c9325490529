"""What an expression says, before anybody asks what its fields hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value as it was written.

    Attributes:
        text: Without quotes and escapes.
        prefix: It ended in a star, which is not in `text`.
        quoted: It stood in quotes.
        position: Where it begins, from 0.
    """

    text: str
    prefix: bool = False
    quoted: bool = False
    position: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """A range; a side that is `None` is open."""

    low: Scalar | None
    high: Scalar | None
    include_low: bool = True
    include_high: bool = True
    position: int = 0


@dataclass(frozen=True, slots=True)
class Clause:
    """A field, ":", "=", "<", "<=", ">" or ">=", and what it is compared with; a span only after the first two."""

    field: str
    operator: str
    value: Scalar | Span
    position: int = 0


@dataclass(frozen=True, slots=True)
class Presence:
    """The field has a value."""

    field: str
    position: int = 0


@dataclass(frozen=True, slots=True)
class FreeText:
    """A word or phrase that some field holds."""

    value: Scalar


@dataclass(frozen=True, slots=True)
class Every:
    """All parts; without any, everything."""

    parts: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part."""

    parts: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class Negated:
    """Not the part."""

    part: Syntax


Syntax: TypeAlias = Clause | Presence | FreeText | Every | Some | Negated


def every(parts: list[Syntax]) -> Syntax:
    """Join with "and"; one part stands for itself."""
    return parts[0] if len(parts) == 1 else Every(tuple(parts))


def some(parts: list[Syntax]) -> Syntax:
    """Join with "or"; one part stands for itself."""
    return parts[0] if len(parts) == 1 else Some(tuple(parts))


def negated(part: Syntax) -> Syntax:
    """Negate; what was negated already becomes itself again."""
    return part.part if isinstance(part, Negated) else Negated(part)
