"""What can be asked: a frozen tree, the one form that every query language is translated into.

An `Expression` says which documents match; it is exact and has no order. A `Rank` says which of them are better. A
`Query` joins both with sort, facets and a page.

Every node is immutable, hashable and compared by value. `str(node)` prints it in the native language and
`fototeca.query.parse` reads that back. The meaning of each node is given in its docstring in terms of a document's
field values, so that it can be checked by brute force.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from fototeca.assets import Owner

Value: TypeAlias = str | int | float | bool | datetime
"""A literal. A naive `datetime` is compared with a document's naive clock time, as described at `Range`."""


class How(StrEnum):
    """How a text value is compared with a literal; `fold` and `tokens` are those of `fototeca.query.words`.

    A field with several values matches when one of them does.
    """

    EXACT = "exact"
    """The whole value is equal, character by character."""
    FOLDED = "folded"
    """The whole value is equal after `fold` of both sides (case and accents do not count)."""
    PHRASE = "phrase"
    """The literal's tokens stand in the value next to each other, in order; without tokens it matches nothing."""
    WORDS = "words"
    """Each of the literal's tokens stands somewhere in the field's values, compared by `stem`; a literal without
    tokens matches nothing. For the field `text` each token may stand in another field."""


@dataclass(frozen=True, slots=True)
class Node:
    """Base of everything in the tree."""

    def __str__(self) -> str:
        from fototeca.query.printing import to_text  # noqa: PLC0415 - the printer reads this module

        return to_text(self)


@dataclass(frozen=True, slots=True)
class Expression(Node):
    """Says of each document whether it matches."""

    def __and__(self, other: Expression) -> And:
        return And((self, other))

    def __or__(self, other: Expression) -> Or:
        return Or((self, other))

    def __invert__(self) -> Not:
        return Not(self)


@dataclass(frozen=True, slots=True)
class All(Expression):
    """Every document."""


@dataclass(frozen=True, slots=True)
class Nothing(Expression):
    """No document."""


@dataclass(frozen=True, slots=True)
class And(Expression):
    """Documents that match every part; all documents if there are none."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or(Expression):
    """Documents that match at least one part; none if there are none."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not(Expression):
    """Documents that do not match the part; a document without the field is one of them."""

    part: Expression


@dataclass(frozen=True, slots=True)
class Match(Expression):
    """The field has this value.

    Text fields are compared as `how` says; a `TEXT` field by `PHRASE` or `WORDS` only. Numbers, dates and booleans are
    compared by value and `how` is ignored. On a `PATH` field the literal names one folder, not its subtree. On the
    pseudo-field `text` (any field that takes part in free text) `how` is `PHRASE` or `WORDS`. On a field of an open
    family (`metadata.KEY`) a number or boolean literal matches a value equal to it or one whose text is the literal's.
    """

    field: str
    value: Value
    how: How = How.FOLDED


@dataclass(frozen=True, slots=True)
class Range(Expression):
    """The field has a value between two bounds; `None` leaves that side open. Documents without a value do not match.

    Text is compared by code point. Dates: the document's clock time without its offset against a naive bound; an
    aware bound is first converted to UTC and stripped. (Catalogue times are kept in UTC; a photo's own times on the
    camera's clock.)
    """

    field: str
    low: Value | None = None
    high: Value | None = None
    include_low: bool = True
    include_high: bool = True


@dataclass(frozen=True, slots=True)
class Prefix(Expression):
    """A value begins with this text; on `TEXT` fields and on `text`, a token does (always folded there).

    With `words` a token of a value does in fields of any other kind, too.
    """

    field: str
    prefix: str
    folded: bool = True
    words: bool = False


@dataclass(frozen=True, slots=True)
class Wildcard(Expression):
    r"""A value matches the whole pattern; on `TEXT` fields and on `text`, a token does (always folded there).

    `*` stands for any characters, `?` for one, `\` makes the next character ordinary.
    """

    field: str
    pattern: str
    folded: bool = True


@dataclass(frozen=True, slots=True)
class Exists(Expression):
    """The field has a value: not absent, not an empty string, not an empty list. For `VECTOR`, has a vector."""

    field: str


@dataclass(frozen=True, slots=True)
class Count(Expression):
    """How often a many-valued field holds a value.

    The number of the field's values that are equal to `value` (compared as `how` says; `None` counts all values) is
    within the bounds, both included. A document without any counts as 0.
    """

    field: str
    value: str | None
    low: int | None = None
    high: int | None = None
    how: How = How.FOLDED


@dataclass(frozen=True, slots=True)
class Under(Expression):
    """The folder is this one or lies below it, compared exactly; `""` is the root, so every document."""

    field: str
    path: str


@dataclass(frozen=True, slots=True)
class Near(Expression):
    """The position lies within a distance in metres, on a sphere of radius 6,371,008.8 m (haversine)."""

    field: str
    latitude: float
    longitude: float
    radius: float


@dataclass(frozen=True, slots=True)
class Box(Expression):
    """The position lies in a box of degrees, edges included; west > east crosses the 180th meridian."""

    field: str
    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True, slots=True)
class Polygon(Expression):
    """The position lies in a polygon of degrees, edges included.

    An edge is straight in degrees, and goes the shorter way round the earth: one whose longitudes differ by more than
    180 degrees crosses the 180th meridian. The last corner is joined to the first. Where the outline crosses itself,
    what it encloses an odd number of times is inside. `fototeca.query.polygons.outline` says which can be asked.

    Attributes:
        corners: Latitudes and longitudes.
    """

    field: str
    corners: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Ids(Expression):
    """Documents with one of these ids."""

    ids: tuple[int, ...]


# --- ranks --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rank(Node):
    """Gives some of the matching documents a score; higher is better."""


@dataclass(frozen=True, slots=True)
class Text(Rank):
    """Documents that hold the words, by BM25 over the free-text fields (or `fields`), words compared by stem.

    With `every`, each word must occur in some field; else one is enough. A text without tokens reaches no document.
    """

    words: str
    fields: tuple[str, ...] = ()
    every: bool = True


@dataclass(frozen=True, slots=True)
class Vector(Rank):
    """Documents with a vector in the space, by the highest cosine of theirs to this one.

    Attributes:
        space: Name of the vector space.
        embedding: Little-endian float32 values; the length is four times the space's dimension.
        least: What is less relevant than this, 0..1, is not reached.
    """

    space: str
    embedding: bytes
    least: float = 0.0

    @classmethod
    def of(cls, space: str, values: Sequence[float], least: float = 0.0) -> Vector:
        """Build from numbers."""
        return cls(space, struct.pack(f"<{len(values)}f", *values), least)


@dataclass(frozen=True, slots=True)
class Like(Rank):
    """Documents like the examples and unlike the counter-examples.

    The direction is the mean of the examples' unit vectors less half the mean of the counter-examples', and is
    used as in `Vector`. The examples themselves are among the answers. Examples without a vector are an error.

    Attributes:
        ids: The examples: documents, with all their vectors in the space, or what single vectors there belong to.
        unlike: The counter-examples, of the same kind.
        space: Empty: the only space there is; the library names the current one of the owner.
        owner: What the ids are of.
    """

    ids: tuple[int, ...]
    unlike: tuple[int, ...] = ()
    space: str = ""
    owner: Owner = Owner.ASSET


@dataclass(frozen=True, slots=True)
class Meaning(Rank):
    """Documents near a text in the joint space of images and words.

    The engine cannot answer this: whoever owns the model turns it into a `Vector` first, or drops it.

    Attributes:
        words: The text.
        owner: What it is compared with: whole pictures, or the objects in them, of which the nearest one counts.
        unlike: Counter-examples in words; half the mean of their unit vectors is taken off, as in `Like`.
    """

    words: str
    owner: Owner = Owner.ASSET
    unlike: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fuse(Rank):
    """Several ranks as one, by weighted reciprocal rank: the sum of weight / (60 + position), positions from 1.

    (Cormack, Clarke and Buettcher, SIGIR 2009.) A document is reached when one part reaches it. No weights: all 1.
    """

    parts: tuple[Rank, ...]
    weights: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Sum(Rank):
    """The weighted sum of how strongly each part speaks for a document; no weights: all 1.

    A `Text` speaks with its relevance, any other rank with its score; a part that does not reach a document, or whose
    score is below 0, says nothing. A document is reached when one part reaches it. The relevance is the score, at most
    1, so that a cut-off is in the scale of the scores.
    """

    parts: tuple[Rank, ...]
    weights: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Best(Rank):
    """The strongest of several ranks, each speaking as in `Sum`; relevance is the score, at most 1."""

    parts: tuple[Rank, ...]


# --- the query ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sort(Node):
    """A sort key: a field, or `score`.

    Documents without a value come last in both directions. Text sorts by code point, false before true; in an open
    family booleans before numbers before texts, and a list by its first value. Documents in the root have no folder.
    """

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Bucket:
    """A named range of a facet: low included, high excluded, `None` open."""

    key: str
    low: Value | None = None
    high: Value | None = None


@dataclass(frozen=True, slots=True)
class Facet:
    """Counts over every matching document.

    Without `ranges` or `interval`: by value, the `limit` most frequent first, ties by value. With `ranges`: one count
    for each bucket, in their order, zero included. With `interval`: a date field by "year", "month" or "day", a number
    field by multiples of a number; only buckets that hold something, ascending. A document with the same value twice
    counts once.
    """

    field: str
    limit: int = 20
    ranges: tuple[Bucket, ...] = ()
    interval: str | float | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of the answer: `limit` hits after `cursor` (or after `offset` hits)."""

    limit: int = 50
    cursor: str | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Query(Node):
    """A whole question.

    Without a rank the hits are all documents that match `where`, ordered by `sort`. With a rank they are those that it
    reaches as well and whose relevance is at least `min_relevance`, best score first unless `sort` says otherwise; with
    `keep_unranked` the documents that it does not reach are hits too (no score, relevance 0). Ties are always broken by
    id, in the direction of the last sort key. An empty `sort` means `created` descending without a rank, `score`
    descending with one. Total and facets count the hits, on every page.
    """

    where: Expression = All()
    rank: Rank | None = None
    sort: tuple[Sort, ...] = ()
    facets: tuple[Facet, ...] = ()
    page: Page = Page()
    min_relevance: float = 0.0
    keep_unranked: bool = False
    explain: bool = False


def walk(node: Expression | Rank) -> Iterator[Expression | Rank]:
    """Yield the node and everything below it, parents first."""
    yield node
    match node:
        case And(parts=parts) | Or(parts=parts) | Fuse(parts=parts) | Sum(parts=parts) | Best(parts=parts):
            for part in parts:
                yield from walk(part)
        case Not(part=part):
            yield from walk(part)
