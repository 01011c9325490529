"""What the engine indexes, and how it is told of changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Document:
    """One asset as the engine sees it.

    Attributes:
        id: The asset's id, positive.
        values: Canonical field name to value, as `fototeca.query.fields.values` makes them; absent means no value.
        vectors: Space to float16 rows, shape [n, dimension]; of each row only its direction counts. A space holds one
            dimension; several rows are several frames, objects or faces of the asset.
        owners: Space to the ids of what its rows belong to, in their order; where there are none, all belong to the
            document itself.
    """

    id: int
    values: Mapping[str, Any]
    vectors: Mapping[str, NDArray[np.float16]] = field(default_factory=dict)
    owners: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Upsert:
    """Add the document, or put it in the place of the one with its id."""

    document: Document


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove the document with this id, if there is one."""

    id: int


Change: TypeAlias = Upsert | Delete
