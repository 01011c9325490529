"""What a stage of enrichment is.

A stage looks at pictures and says what it found; it stores nothing, and knows nothing of jobs. To add one: write a file
beside this one with a class of this shape and a function that opens it, and name the function in `stages.OPENERS`. All
else follows: which assets it has not seen, batches, retries, giving up, progress, `seen:` in queries, and the counts of
`GET /v1/enrichment`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from fototeca.assets import Asset, Kind, Owner
from fototeca.catalog import Findings
from fototeca.library.models import Models
from fototeca.library.pictures import Picture
from fototeca.media import Still

PICTURES = frozenset({Kind.IMAGE, Kind.VIDEO})
"""Kinds of assets that have a picture to look at: a video has its poster."""


@dataclass(frozen=True, slots=True)
class Look:
    """One asset as a stage sees it.

    Attributes:
        asset: As it is when the stage begins, with what the stages before it found.
        picture: Its largest rendition, upright, decoded once for all stages.
        moments: Finds one good frame of each scene of a video, which takes a while.
    """

    asset: Asset
    picture: Picture
    moments: Callable[[], list[Still]]


class StageSpace(NamedTuple):
    """The vector space that a stage fills; it becomes current when the stage has seen every asset.

    Attributes:
        name: Such that another model has another one.
        owner: What its vectors describe.
        model: The space of the two-tower model whose texts can be compared with them, or the embedder's name.
    """

    name: str
    dimension: int
    owner: Owner
    model: str


class Stage(Protocol):
    """Something that looks at pictures."""

    @property
    def name(self) -> str:
        """Its name, such as "faces"."""
        ...

    @property
    def maker(self) -> str:
        """Names and digests of its models: where they change, it looks at every asset again."""
        ...

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds of assets that it looks at."""
        ...

    @property
    def space(self) -> StageSpace | None:
        """The space that it fills, if it makes vectors."""
        ...

    @property
    def renews(self) -> tuple[str, ...]:
        """Stages that have to look again after this one, and so come after it."""
        ...

    def look(self, looks: Sequence[Look]) -> list[Findings]:
        """Say what is in some pictures, one for each.

        Raises:
            ModelError: The stage cannot work at all; nothing is held against the pictures.
            Exception: One of the pictures is to blame; each is then tried alone.
        """
        ...


Opener: TypeAlias = Callable[[Models], Stage]
"""Opens a stage with the models that are installed.

Raises `ModelError` where one that it needs is missing, with a message that says which.
"""
