"""What callers hand to the catalogue: new rows before they have an identity, and changes to rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from fototeca.assets import Facts, Publication, Record, Status, Word
from fototeca.errors import InvalidInput

Box = tuple[float, float, float, float]
"""Left, top, width and height, as shares (0..1) of the displayed picture."""


class Patch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of the patches: an attribute that is not given stays as it is, `None` clears."""

    def given(self) -> dict[str, Any]:
        """The attributes that are set."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in values.items() if value is not UNSET}


class AssetPatch(Patch, frozen=True, kw_only=True, omit_defaults=True):
    """A change to assets.

    Attributes:
        status: Trashing sets `Asset.trashed`; any other status clears it.
        folder: A path; folders that are missing are created.
        tags: Replaces all tags; `add_tags` and `remove_tags` come after it.
        metadata: Replaces all of it; `merge_metadata` and `remove_metadata` come after it.
    """

    filename: str | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    folder: str | UnsetType = UNSET
    title: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    rating: int | UnsetType | None = UNSET
    favorite: bool | UnsetType = UNSET
    tags: tuple[str, ...] | UnsetType = UNSET
    add_tags: tuple[str, ...] | UnsetType = UNSET
    remove_tags: tuple[str, ...] | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET
    merge_metadata: dict[str, Any] | UnsetType = UNSET
    remove_metadata: tuple[str, ...] | UnsetType = UNSET
    taken: datetime | UnsetType | None = UNSET
    device: str | UnsetType | None = UNSET
    device_asset_id: str | UnsetType | None = UNSET
    source: str | UnsetType | None = UNSET
    facts: Facts | UnsetType = UNSET
    text: str | UnsetType | None = UNSET
    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET
    duration: float | UnsetType | None = UNSET
    public_id: str | UnsetType | None = UNSET
    delivery: str | UnsetType = UNSET
    publication: Publication | UnsetType = UNSET


class MembershipPatch(Patch, frozen=True, kw_only=True, omit_defaults=True):
    """A change to assets' places in a collection."""

    split: str | UnsetType | None = UNSET
    split_locked: bool | UnsetType = UNSET
    batch_id: int | UnsetType | None = UNSET
    annotation_status: str | UnsetType | None = UNSET
    in_dataset: bool | UnsetType = UNSET


class CollectionPatch(Patch, frozen=True, kw_only=True, omit_defaults=True):
    """A change to a collection."""

    name: str | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    type: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    settings: dict[str, Any] | UnsetType = UNSET
    trashed: datetime | UnsetType | None = UNSET


class BatchPatch(Patch, frozen=True, kw_only=True, omit_defaults=True):
    """A change to a batch."""

    name: str | UnsetType = UNSET
    stage: str | UnsetType = UNSET


class AlbumPatch(Patch, frozen=True, kw_only=True, omit_defaults=True):
    """A change to an album."""

    name: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    cover_asset_id: int | UnsetType | None = UNSET


class PersonPatch(Patch, frozen=True, kw_only=True, omit_defaults=True):
    """A change to a person."""

    name: str | UnsetType | None = UNSET
    hidden: bool | UnsetType = UNSET
    favorite: bool | UnsetType = UNSET
    birth_date: str | UnsetType | None = UNSET
    cover_face_id: int | UnsetType | None = UNSET


class MetadataFieldPatch(Patch, frozen=True, kw_only=True, omit_defaults=True):
    """A change to a structured metadata field; its `external_id` and `type` are for ever."""

    label: str | UnsetType = UNSET
    mandatory: bool | UnsetType = UNSET
    default: Any = UNSET
    validation: dict[str, Any] | UnsetType | None = UNSET
    datasource: tuple[dict[str, Any], ...] | UnsetType = UNSET
    settings: dict[str, Any] | UnsetType = UNSET


class DevicePatch(Patch, frozen=True, kw_only=True, omit_defaults=True):
    """A change to a device."""

    name: str | UnsetType | None = UNSET
    settings: dict[str, Any] | UnsetType = UNSET


class NewAnnotation(Record, frozen=True, kw_only=True, omit_defaults=True):
    """An `Annotation` before it is stored."""

    label: str
    collection_id: int | None = None
    type: str = "bbox"
    box: Box | None = None
    polygon: tuple[tuple[float, float], ...] | None = None
    source: str = "user"
    confidence: float | None = None


class NewObject(Record, frozen=True, kw_only=True, omit_defaults=True):
    """An `Object` before it is stored."""

    label: str
    box: Box
    score: float
    frame_id: int | None = None


class NewFace(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A `Face` before it is stored."""

    box: Box
    score: float = 1.0
    quality: float | None = None
    person_id: int | None = None
    frame_id: int | None = None
    vector: bytes | None = None
    """Of the space that its `Findings` name; little-endian float16."""


class NewFrame(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A `Frame` before it is stored, with its vector of the space that its `Findings` name."""

    seconds: float
    vector: bytes


class Findings(Record, frozen=True, kw_only=True, omit_defaults=True):
    """What one look at one asset found; what is `None` was not looked for, and stays as it was.

    Attributes:
        space: The space of all vectors here.
        vectors: By the ids of the asset, its frames or its objects, whichever the space is for; little-endian float16.
        objects: All that are in it; others go.
        faces: All that are in it. One that lies where a face was found before keeps its identity and its person.
        frames: The moments of a video. One at the same time as before keeps its identity.
        words: The words that can be read in it, which also make its text.
    """

    space: str | None = None
    vectors: dict[int, bytes] = msgspec.field(default_factory=dict)
    objects: tuple[NewObject, ...] | None = None
    faces: tuple[NewFace, ...] | None = None
    frames: tuple[NewFrame, ...] | None = None
    words: tuple[Word, ...] | None = None


def checked_name(name: str, what: str) -> str:
    """A name without space around it.

    Raises:
        InvalidInput: It is empty or longer than 255 characters.
    """
    stripped = name.strip()
    if not 0 < len(stripped) <= 255:
        raise InvalidInput(f"the name of a {what} has 1 to 255 characters", field="name")
    return stripped


def box_columns(box: Box | None) -> dict[str, float | None]:
    """A box as the values of its four columns."""
    return dict(zip(("x", "y", "width", "height"), box or (None,) * 4, strict=True))
