"""From the parameters of "browse and search media" to a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from fototeca.dialects.coreviz import tags
from fototeca.dialects.coreviz.ids import normalised
from fototeca.dialects.coreviz.places import Place, container
from fototeca.dialects.coreviz.requests import Parameters
from fototeca.errors import InvalidInput, NotFound
from fototeca.library import Library
from fototeca.query import (
    And,
    Exists,
    Expression,
    Facet,
    How,
    Match,
    Meaning,
    Not,
    Nothing,
    Or,
    Page,
    Query,
    Range,
    Rank,
    Sort,
    Sum,
    Text,
    Under,
)

DEFAULT_LIMIT, MAX_LIMIT = 10, 200
LEAST_SCORE = 0.05
TEXT_WEIGHT = 0.5
"""What words that fit perfectly add to a score; cosines of words and pictures are seldom above 0.35."""
MOST_TAGS = 10_000
MODELS = ("objects", "faces", "shoeprints")
FILES = ("image", "video")

_TYPES = ("image", "video", "folder", "all", "pdf")
_KINDS: dict[str, Expression] = {
    "image": Or((Match("kind", "image", How.EXACT), Match("kind", "raw", How.EXACT))),
    "video": Match("kind", "video", How.EXACT),
    "folder": Nothing(),
    "pdf": Nothing(),  # none can be added
}
SORTS = {
    "createdAt": "created",
    "name": "sort_name",
    "type": "kind",
    "description": "sort_description",
    "prompt": "metadata.prompt",
}
_WORDS = ("filename", "title", "description", "tag")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Listing:
    """What is asked for.

    Attributes:
        place: The collection.
        folder: The catalogue's folder that is listed; `None` if the path leads nowhere.
        deep: Everything below it, instead of what is directly inside.
        type: "image", "video", "folder", "all" or "pdf".
        first: Moment from which items were created.
        last: Moment before which they were.
        groups: Values of each group of tags, of which an item must have one.
        tokens: Values or groups of tags, of which an item must have one.
        item: Id of the only item that is asked for.
        cluster: Id of somebody who must be in it.
        words: Text to rank by.
        example: Id of an object to rank by, and the model whose vectors are compared.
    """

    place: Place
    folder: str | None
    deep: bool
    limit: int
    offset: int
    type: str
    first: datetime | None
    last: datetime | None
    sort: str
    descending: bool
    groups: dict[str, list[str]]
    tokens: tuple[str, ...]
    item: str | None
    cluster: str | None
    words: str | None
    example: tuple[str, str] | None
    least: float

    @property
    def scored(self) -> bool:
        """Whether items are ranked instead of sorted."""
        return self.words is not None or self.example is not None

    @property
    def page(self) -> Page:
        """The part of the answer that is asked for."""
        return Page(self.limit, None, self.offset)

    @property
    def order(self) -> tuple[Sort, ...]:
        """How files are sorted where they are not ranked."""
        return (Sort(SORTS[self.sort], self.descending), Sort("id", self.descending))


def listing(library: Library, here: Place, parameters: Parameters) -> Listing:
    """Read the parameters.

    Raises:
        InvalidInput: One of them is not as it should be.
    """
    example = parameters.text("similarToObjectId")
    model = parameters.choice("similarToObjectModel", MODELS, "objects")
    last = parameters.day("dateTo")
    return Listing(
        place=here,
        folder=container(library, here, parameters.text("path")),
        deep=parameters.flag("recursive"),
        limit=min(parameters.integer("limit", DEFAULT_LIMIT, 1), MAX_LIMIT),
        offset=parameters.integer("offset", 0, 0),
        type=parameters.choice("type", _TYPES, "all"),
        first=parameters.day("dateFrom"),
        last=_after(last),
        sort=parameters.choice("sortBy", tuple(SORTS), "createdAt"),
        descending=parameters.choice("sortDirection", ("asc", "desc"), "desc") == "desc",
        groups=_groups(parameters.text("tagFilters")),
        tokens=tuple(token.strip() for token in (parameters.text("tags") or "").split(",") if token.strip()),
        item=_normalised(parameters.text("mediaId")),
        cluster=_normalised(parameters.text("clusterId")),
        words=parameters.text("q"),
        example=None if example is None else (normalised(example), model),
        least=parameters.number("minScore", LEAST_SCORE),
    )


def where(library: Library, asked: Listing) -> Expression:
    """Return what the files of an answer must be like."""
    if asked.folder is None:
        return Nothing()
    parts = [asked.place.scope]
    if asked.item is not None:
        parts.append(Match("uuid", asked.item, How.EXACT))
    level = deep(asked.place, asked.folder) if _is_deep(asked) else directly(asked.place, asked.folder)
    if asked.item is None and level is not None:
        parts.append(level)
    if asked.type != "all":
        parts.append(_KINDS[asked.type])
    if asked.first is not None or asked.last is not None:
        parts.append(Range("created", asked.first, asked.last, include_high=False))
    parts += [_any_tag([s for value in values for s in tags.spellings(group, value)]) for group, values in _used(asked)]
    if asked.tokens:
        parts.append(_tokens(library, asked.place, asked.tokens))
    if asked.cluster is not None:
        parts.append(_cluster(library, asked.cluster))
    return And(tuple(parts))


def ranked(asked: Listing, filter_: Expression, example: Rank | None) -> Query:
    """Return the question for a scored page."""
    parts: list[tuple[Rank, float]] = []
    if asked.words is not None:
        parts.append((text_rank(asked.words), TEXT_WEIGHT))
    embedding = example if example is not None else Meaning(asked.words or "")
    rank = Sum((*(part for part, _ in parts), embedding), (*(weight for _, weight in parts), 1.0))
    order = (Sort("score", descending=True), Sort("created", descending=True), Sort("id"))
    return Query(filter_, rank, order, page=asked.page, min_relevance=max(asked.least, 0.0))


def text_rank(words: str) -> Text:
    """Return the rank of a text by words: over captions, names, descriptions and tags, each word counting."""
    return Text(words, _WORDS, every=False)


def directly(here: Place, folder: str) -> Expression:
    """Return what lies in a folder, and not below it."""
    inside: Expression = Match("folder", folder, How.EXACT) if folder else Not(Exists("folder"))
    if folder != here.root or not here.root:
        return inside
    return Or((inside, Not(Under("folder", here.root))))


def deep(here: Place, folder: str) -> Expression | None:
    """Return what lies in a folder or below it; `None` is everything in the collection."""
    return None if folder == here.root else Under("folder", folder)


def all_tags(library: Library, here: Place) -> list[str]:
    """Return every tag in a collection."""
    query = Query(here.scope, facets=(Facet("tag", limit=MOST_TAGS),), page=Page(0))
    return [str(value) for value, _ in library.answer(query).facets["tag"].values]


def _is_deep(asked: Listing) -> bool:
    return asked.deep or asked.scored or asked.cluster is not None


def _used(asked: Listing) -> list[tuple[str, list[str]]]:
    return [(group, values) for group, values in asked.groups.items() if values]


def _any_tag(spellings: Sequence[str]) -> Expression:
    return Or(tuple(Match("tag", spelling, How.EXACT) for spelling in spellings))


def _tokens(library: Library, here: Place, tokens: Sequence[str]) -> Expression:
    wanted = set(tokens)
    return _any_tag([tag for tag in all_tags(library, here) if wanted.intersection(tags.split(tag))])


def _cluster(library: Library, id_: str) -> Expression:
    try:
        return Match("person_id", str(library.people.get(id_).id), How.EXACT)
    except NotFound:
        return Nothing()


def _after(day: datetime | None) -> datetime | None:
    try:
        return None if day is None else day + _DAY
    except OverflowError:
        return None


def _normalised(text: str | None) -> str | None:
    return None if text is None else normalised(text)


def _groups(text: str | None) -> dict[str, list[str]]:
    if text is None:
        return {}
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise InvalidInput("tagFilters must be a JSON object of arrays of strings", field="tagFilters") from error
    return tags.given(value, "tagFilters")
