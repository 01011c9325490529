"""Answers "browse and search media": files from the index, folders from the catalogue, merged in one order.

A page of a list that holds both is found without reading what is before it. Only folders are in memory; how many files
come before one of them is a count that the index knows at once. So the first folder of a page is found by bisection,
and with it how many files are before the page.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from fototeca.assets import Asset, Folder
from fototeca.dialects.coreviz import query
from fototeca.dialects.coreviz.query import Listing
from fototeca.dialects.coreviz.similar import example_rank
from fototeca.dialects.coreviz.tree import Sorted, Tree
from fototeca.library import Library
from fototeca.query import And, Exists, Expression, Not, Page, Query, Range
from fototeca.query.fields import field

Item = Asset | Folder
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Found:
    """One page.

    Attributes:
        scores: Of the files, by their ids, where they were ranked.
    """

    items: list[Item]
    total: int
    scores: dict[int, float] | None = None


def browse(library: Library, asked: Listing, tree: Tree) -> Found:
    """Answer a listing.

    Raises:
        NotFound: The object to compare with does not exist.
        InvalidInput: Its model is not installed.
    """
    if asked.scored and asked.type != "folder":
        return _ranked(library, asked)
    filter_ = query.where(library, asked)
    folders = _folders(asked, tree)
    if not folders:
        results = library.answer(Query(filter_, sort=asked.order, page=asked.page))
        return Found([*library.load([hit.id for hit in results.hits])], results.total)
    return _merged(library, asked, filter_, folders)


# --- ranked


def _ranked(library: Library, asked: Listing) -> Found:
    example = None
    if asked.example is not None:
        example = example_rank(library, *asked.example)
        if example is None:
            return Found([], 0, {})
    question = query.ranked(asked, query.where(library, asked), example)
    if asked.least > 1:  # beyond what relevance can cut; whatever scores as high is few
        return _above(library, asked, Query(question.where, question.rank, question.sort, min_relevance=1.0))
    results = library.answer(question, least=0.0)
    scores = {hit.id: hit.score or 0.0 for hit in results.hits}
    return Found([*library.load(list(scores))], results.total, scores)


def _above(library: Library, asked: Listing, question: Query) -> Found:
    hits = library.answer(Query(question.where, question.rank, question.sort, (), Page(_MOST), 1.0), least=0.0).hits
    scores = {hit.id: hit.score for hit in hits if hit.score is not None and hit.score >= asked.least}
    page = list(scores)[asked.offset : asked.offset + asked.limit]
    return Found([*library.load(page)], len(scores), {id_: scores[id_] for id_ in page})


# --- merged


def _merged(library: Library, asked: Listing, filter_: Expression, folders: list[Sorted]) -> Found:
    library.catch_up()

    def place(number: int) -> int:
        """Return the place of a folder in the merged list: behind the folders, and the files, that come before."""
        return number + _files_before(library, asked, filter_, folders[number].value)

    first = bisect_left(range(len(folders)), asked.offset, key=place) if asked.offset else 0
    page = Page(asked.limit, None, asked.offset - first)
    results = library.answer(Query(filter_, sort=asked.order, page=page), fresh=False)
    assets = library.load([hit.id for hit in results.hits])
    items = _interleaved(asked, folders[first : first + asked.limit], assets)
    return Found([*islice(items, asked.limit)], results.total + len(folders))


def _files_before(library: Library, asked: Listing, filter_: Expression, value: Any) -> int:
    """Count the files that come before a folder that is sorted by this; of what is equal, the folder is first."""
    name = query.SORTS[asked.sort]
    if value is None:
        before: Expression = Exists(name)
    elif asked.descending:
        before = Range(name, value, None, include_low=False)
    else:
        before = And((Exists(name), Not(Range(name, value, None))))
    return library.answer(Query(And((filter_, before)), page=Page(0)), fresh=False).total


def _interleaved(asked: Listing, folders: Sequence[Sorted], assets: Sequence[Asset]) -> Iterator[Item]:
    waiting = list(reversed(folders))
    for asset in assets:
        while waiting and not _is_before(asked, _value(asset, asked.sort), waiting[-1].value):
            yield waiting.pop().folder
        yield asset
    yield from (each.folder for each in reversed(waiting))


def _is_before(asked: Listing, mine: Any, theirs: Any) -> bool:
    """Whether a file comes before a folder."""
    if mine is None or theirs is None:
        return mine is not None
    if isinstance(theirs, str) and not isinstance(mine, str):
        return not asked.descending  # numbers and truth values sort before texts
    return bool(mine > theirs if asked.descending else mine < theirs)


def _value(asset: Asset, sort: str) -> Any:
    """Return what the index sorts a file by; texts that are empty, and structures, count as none."""
    if sort == "prompt":
        value = asset.metadata.get("prompt")
        value = value[0] if isinstance(value, list) and value else value
        return value if isinstance(value, str | int | float) and value != "" else None
    value = field(query.SORTS[sort]).value(asset)
    return value if value != "" else None


# --- folders


def _folders(asked: Listing, tree: Tree) -> list[Sorted]:
    """Return the folders of an answer, in its order."""
    if asked.folder is None or asked.type not in {"folder", "all"} or asked.cluster is not None:
        return []
    tagged = bool(asked.tokens) or any(asked.groups.values())
    if tagged and not tree.tagged:
        return []
    found = _candidates(asked, asked.folder, tree)
    if asked.first is not None or asked.last is not None:
        found = [each for each in found if _was_created(each.folder.created, asked)]
    return [each for each in found if _has_tags(asked, each.folder, tree)] if tagged else found


def _candidates(asked: Listing, folder: str, tree: Tree) -> list[Sorted]:
    if asked.item is not None:
        only = tree.find(asked.item)
        return [tree.only(only, asked.sort)] if only is not None and asked.place.inside(only.path) else []
    listed = tree.below if asked.deep or asked.scored else tree.children
    return listed(folder, asked.sort, descending=asked.descending)


def _has_tags(asked: Listing, folder: Folder, tree: Tree) -> bool:
    said = tree.metadata(folder).get("tags", {})
    if not all(set(values).intersection(said.get(group, ())) for group, values in asked.groups.items() if values):
        return False
    known = {text for group, values in said.items() for text in (group, *values)}
    return not asked.tokens or bool(known.intersection(asked.tokens))


def _was_created(moment: datetime, asked: Listing) -> bool:
    return (asked.first is None or moment >= asked.first) and (asked.last is None or moment < asked.last)
