"""What a search through a library gives: the engine's answer together with the assets."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from fototeca.assets import Asset, Owner
from fototeca.engine import FacetResult
from fototeca.errors import InvalidInput
from fototeca.library.moments import Moment

_THUMBNAILS = 60
"""Pictures that a notebook shows of one page."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of an asset's picture: left, top, width and height, as shares (0..1) of it."""

    asset_id: int
    box: tuple[float, float, float, float]

    def checked_box(self) -> tuple[float, float, float, float]:
        """Return the box.

        Raises:
            InvalidInput: It is not a part of the picture.
        """
        left, top, width, height = self.box
        if not (0 <= left < 1 and 0 <= top < 1 and width > 0 and height > 0):
            raise InvalidInput("a region has left, top, width and height as shares of the picture", field="region")
        return left, top, min(width, 1 - left), min(height, 1 - top)


@dataclass(frozen=True, slots=True)
class FoundPart:
    """What in an asset a vector was found by.

    Attributes:
        owner: The asset as a whole, or a frame, object or face of it.
        id: Id of that.
        score: Its cosine to what was asked for.
    """

    owner: Owner
    id: int
    score: float


@dataclass(frozen=True, slots=True)
class FoundAsset:
    """One hit.

    Attributes:
        matched: What in it is nearest to each thing that was asked for by a vector.
        score: What the ranking gave it; `None` in a list that is only sorted.
        relevance: How well it fits, 0..1, comparable between queries; `None` without a ranking.
        moments: Of a video found by meaning or likeness, where in it that is to be seen, the best first.
    """

    asset: Asset
    score: float | None = None
    relevance: float | None = None
    matched: tuple[FoundPart, ...] = ()
    moments: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One page of an answer; iterating gives its hits.

    Attributes:
        total: Exact number of all hits, on whatever page.
        facets: Counts by facet name, over all hits.
        cursor: Hand it to the next search for the page after this one; `None` at the end.
        took_ms: Milliseconds from the question to this answer.
    """

    total: int
    hits: tuple[FoundAsset, ...]
    facets: dict[str, FacetResult]
    cursor: str | None
    took_ms: float
    explain: dict[str, Any] | None = None
    _thumbnail: Callable[[Asset], bytes | None] | None = field(default=None, repr=False, compare=False)

    def __iter__(self) -> Iterator[FoundAsset]:
        return iter(self.hits)

    def __len__(self) -> int:
        return len(self.hits)

    def _repr_html_(self) -> str:
        """Show the page as thumbnails in a notebook."""
        figures = "".join(self._figure(hit) for hit in self.hits[:_THUMBNAILS])
        style = "display:flex;flex-wrap:wrap;gap:8px;font:12px sans-serif"
        return f"<p>{self.total:,} found in {self.took_ms:.1f} ms</p><div style='{style}'>{figures}</div>"

    def _figure(self, hit: FoundAsset) -> str:
        picture = self._thumbnail(hit.asset) if self._thumbnail else None
        image = ""
        if picture:
            image = f"<img height='140' src='data:image/*;base64,{base64.b64encode(picture).decode()}'><br>"
        relevance = "" if hit.relevance is None else f" {hit.relevance:.0%}"
        return f"<figure style='margin:0'>{image}{hit.asset.id} {html.escape(hit.asset.filename)}{relevance}</figure>"
