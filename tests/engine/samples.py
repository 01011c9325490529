"""Hand-made documents and short ways to ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from fototeca.engine import Document, Index, Upsert
from fototeca.engine.segment import Segment
from fototeca.query.expressions import Expression, Query


def at(*parts: int) -> datetime:
    """A moment of a clock without an offset: year, month, day and so on."""
    return datetime(*parts)  # type: ignore[arg-type]


def doc(number: int, vectors: dict[str, Sequence[Sequence[float]]] | None = None, **values: Any) -> Document:
    """A document; a double underscore in a name stands for the dot of `metadata.KEY`."""
    named = {name.replace("__", "."): value for name, value in values.items()}
    return Document(number, named, {k: np.array(v, np.float16) for k, v in (vectors or {}).items()})


def index_of(*documents: Document, together: bool = True) -> Index:
    """An index in memory, of one segment or of one write for each document."""
    index = Index.open(None)
    batches = [list(documents)] if together else [[document] for document in documents]
    for sequence, batch in enumerate(batches, 1):
        index.apply([Upsert(document) for document in batch], sequence)
    return index


def segment(*documents: Document) -> Segment:
    return Segment.build(documents)


def ids(index: Index, where: Expression) -> list[int]:
    """The ids that match, ascending."""
    return sorted(hit.id for hit in index.search(Query(where=where)).hits)
