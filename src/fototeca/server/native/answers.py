"""What answers are made of: the domain's records, and a few shapes around them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from starlette.responses import Response

from fototeca.assets import Asset, Facts, Owner, Version, Word
from fototeca.http import Caller
from fototeca.library import FoundAsset
from fototeca.library.files import ORIGINAL, VARIANTS, VERSION
from fototeca.server.native.requests import check_names

URLS = "urls"
FACTS = "facts"
FIELDS = (*Asset.__struct_fields__, URLS)
"""Members of an asset in answers."""
PARTS = tuple(f"{FACTS}.{name}" for name in Facts.__struct_fields__)
"""Single facts, for projections that need no more of them."""


class MomentAnswer(msgspec.Struct):
    """Where in a video that is to be seen which was asked for, and how well it fits (a cosine)."""

    seconds: float
    likeness: float


class Part(msgspec.Struct):
    """What in an asset is nearest to something that was asked for by a vector: itself, or an object, face or frame."""

    owner: Owner
    id: int
    score: float


class Hit(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One hit; `asset` holds the members that were asked for, by default all of them.

    Attributes:
        moments: Of a video found by meaning or likeness, the best first; absent elsewhere.
        matched: What in the asset is nearest to each thing that was asked for by a vector; absent elsewhere.
    """

    id: int
    score: float | None
    relevance: float | None
    moments: list[MomentAnswer] = []
    matched: list[Part] = []
    asset: dict[str, Any]


class Count(msgspec.Struct):
    """How many hits have a value, or lie in a range or interval."""

    value: Any
    count: int


class FacetAnswer(msgspec.Struct):
    """Counts over all hits; `missing` is the number of hits without a value."""

    values: list[Count]
    missing: int


class SearchAnswer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One page of hits, with the exact total of all of them.

    Attributes:
        cursor: Send it with the same question for the next page; absent at the end.
    """

    total: int
    hits: list[Hit]
    facets: dict[str, FacetAnswer] = {}
    cursor: str | None = None
    took_ms: float
    explain: dict[str, Any] | None = None


class AssetList(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One page of assets."""

    total: int
    assets: list[dict[str, Any]]
    cursor: str | None = None


class WordList(msgspec.Struct):
    """The words read in a picture."""

    words: list[Word]


class VersionAnswer(msgspec.Struct):
    """One of the originals that an asset has had.

    Attributes:
        current: Whether it is what the asset shows.
        created: When it came.
        urls: Signed links to its files.
    """

    uuid: str
    number: int
    current: bool
    filename: str
    format: str
    mime: str
    bytes: int
    width: int
    height: int
    sha256: str
    created: datetime
    urls: dict[str, str]


class VersionList(msgspec.Struct):
    """The originals that an asset has had, the first one first."""

    versions: list[VersionAnswer]


class DuplicateGroupAnswer(msgspec.Struct):
    """Assets that show the same photo, the best one first.

    Attributes:
        spare: Bytes of all but the first.
    """

    ids: list[int]
    spare: int
    assets: list[dict[str, Any]]


class DuplicatesAnswer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One page of groups, in order of their first ids; `total` and `spare` are of all of them.

    Attributes:
        cursor: Send it for the next page; absent at the end.
    """

    total: int
    spare: int
    groups: list[DuplicateGroupAnswer]
    cursor: int | None = None


class Uploaded(msgspec.Struct, omit_defaults=True):
    """A new asset, or the one that has the same bytes already."""

    asset: dict[str, Any]
    duplicate: bool


class Changed(msgspec.Struct):
    """The ids that a change concerned; ids that are not there are left out."""

    ids: list[int]


class Counted(msgspec.Struct):
    """How many assets a change concerned."""

    count: int


def answer(content: Any, status: int = 200) -> Response:
    """Encode an answer as JSON."""
    return Response(msgspec.json.encode(content), status, media_type="application/json")


def nothing() -> Response:
    """Answer that it is done, and that there is nothing to tell."""
    return Response(status_code=204)


def projection(fields: Sequence[str]) -> tuple[str, ...]:
    """Return the members to show: those named, or all.

    Raises:
        InvalidInput: One of them is not a member of assets.
    """
    check_names("asset field", fields, (*FIELDS, *PARTS))
    return tuple(fields) or FIELDS


def shown(caller: Caller, asset: Asset, fields: Collection[str] = FIELDS) -> dict[str, Any]:
    """Return an asset as answers show it: its record, and signed links to its files."""
    members = {name: getattr(asset, name) for name in fields if name != URLS and name not in PARTS}
    parts = [name.partition(".")[2] for name in fields if name in PARTS]
    if parts and FACTS not in members:
        members[FACTS] = {part: getattr(asset.facts, part) for part in parts}
    if URLS in fields:
        members[URLS] = {name: _link(caller, asset, name) for name in VARIANTS}
    return members


def version(caller: Caller, asset: Asset, each: Version) -> VersionAnswer:
    """Return one of an asset's versions as answers show it."""
    names = {name: VERSION + each.uuid + ("" if name == ORIGINAL else f"-{name}") for name in VARIANTS}
    told = {name: getattr(each, name) for name in VersionAnswer.__struct_fields__ if name in each.__struct_fields__}
    urls = {name: _link(caller, asset, variant) for name, variant in names.items()}
    return VersionAnswer(**told, current=each.number == asset.version, urls=urls)


def _link(caller: Caller, asset: Asset, variant: str) -> str:
    return caller.origin + caller.context.links.sign(asset.workspace, asset.uuid, variant)


def hit(caller: Caller, found: FoundAsset, fields: Collection[str]) -> Hit:
    """Return a hit as answers show it."""
    asset = shown(caller, found.asset, fields)
    moments = [MomentAnswer(*moment) for moment in found.moments]
    matched = [Part(part.owner, part.id, part.score) for part in found.matched]
    return Hit(
        id=found.asset.id,
        score=found.score,
        relevance=found.relevance,
        moments=moments,
        matched=matched,
        asset=asset,
    )
