"""The domain records: what a workspace holds, in the words of every dialect's common model.

Records are immutable values. They know nothing of storage, search or HTTP; every other room speaks in them.
Times of the catalogue are aware and in UTC. A photo's own times (`taken`, `digitized`, `modified`) are on the
camera's clock: aware where the UTC offset is known, naive where it is not.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Base of the records: immutable, compared by value, cheap to encode."""


class Kind(StrEnum):
    """What an asset is, by the way it is read."""

    IMAGE = "image"
    VIDEO = "video"
    RAW = "raw"


class Status(StrEnum):
    """Where an asset is in its life."""

    ACTIVE = "active"
    PENDING = "pending"
    TRASHED = "trashed"


class Scope(StrEnum):
    """What a key may do; each scope includes the ones before it."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    def covers(self, needed: Scope) -> bool:
        """Whether a key of this scope may do what `needed` asks."""
        order = list(Scope)
        return order.index(self) >= order.index(needed)


# --- facts: read with their asset, never on their own -------------------------------------------------------


class Colour(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A predominant colour.

    Attributes:
        name: A name of the fixed palette, such as "teal".
        hex: The mean colour, "#rrggbb".
        share: Part of the picture's pixels, 0..1.
    """

    name: str
    hex: str
    share: float


class Place(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Where a photo was taken, in names."""

    city: str | None = None
    state: str | None = None
    country: str | None = None
    country_code: str | None = None


class Camera(Record, frozen=True, kw_only=True, omit_defaults=True):
    """The device and its settings, as the file tells them."""

    make: str | None = None
    model: str | None = None
    lens: str | None = None
    software: str | None = None
    exposure_time: float | None = None
    """Seconds."""
    f_number: float | None = None
    iso: int | None = None
    focal_length: float | None = None
    """Millimetres."""
    focal_length_35mm: float | None = None
    """Millimetres, as if on 35 mm film."""
    exposure_bias: float | None = None
    """Exposure values."""
    flash: bool | None = None


class Gps(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A position on WGS 84: degrees, and metres above the sea."""

    latitude: float
    longitude: float
    altitude: float | None = None


class Quality(Record, frozen=True, kw_only=True, omit_defaults=True):
    """How the picture looks, each 0..1."""

    sharpness: float
    brightness: float
    contrast: float
    exposure: float


class Distinctness(Record, frozen=True, kw_only=True, omit_defaults=True):
    """How well a picture's colours stay apart for colour-blind people.

    Attributes:
        score: 0 for two colours that are one to them, to 1.
        pair: The two that stay apart least, "#rrggbb"; `None` where there is only one.
    """

    score: float
    pair: tuple[str, str] | None = None


class Video(Record, frozen=True, kw_only=True, omit_defaults=True):
    """How a video's picture and sound are coded; codecs by FFmpeg's names, such as "h264" and "aac"."""

    codec: str | None = None
    frame_rate: float | None = None
    """Frames per second, on average."""
    bit_rate: int | None = None
    """Bits per second of the whole file."""
    audio: str | None = None
    """Codec of the sound; `None` if the video is silent."""


class Facts(Record, frozen=True, kw_only=True, omit_defaults=True):
    """What is in a file, found by reading it once. All of it is optional: not every file tells everything."""

    md5: str = ""
    sha1: str = ""
    phash: str | None = None
    """64-bit perceptual hash, 16 hex digits."""
    thumbhash: str | None = None
    """ThumbHash, base64."""
    frames: int = 1
    animated: bool = False
    transparent: bool = False
    grayscale: bool = False
    orientation: int = 1
    """EXIF orientation of the original; renditions have it applied."""
    mode: str = ""
    """Colour mode and depth of the original, such as "RGB", "I;16" or, of a video, "yuv420p"."""
    profile: str | None = None
    """Name of the embedded ICC profile."""
    video: Video | None = None
    """Only of a video; its looks (colours, hashes, quality) are those of its poster."""
    colors: tuple[Colour, ...] = ()
    quality: Quality | None = None
    distinct: Distinctness | None = None
    illustration: float | None = None
    """0 for a photo to 1 for a drawing."""
    camera: Camera = Camera()
    gps: Gps | None = None
    place: Place | None = None
    title: str | None = None
    description: str | None = None
    """The caption written into the file."""
    keywords: tuple[str, ...] = ()
    artist: str | None = None
    copyright: str | None = None
    rating: int | None = None
    """0..5 stars."""
    taken: datetime | None = None
    digitized: datetime | None = None
    modified: datetime | None = None
    tags: dict[str, Any] = {}
    """Every readable embedded tag, named "GROUP:Tag"."""


class Publication(Record, frozen=True, kw_only=True, omit_defaults=True):
    """How an asset is published under its public id: who may fetch it, whether somebody has judged it, and how to crop.

    Attributes:
        access_mode: "public" or "authenticated".
        access_control: Rules of access, as the client gave them.
        uploaded: When its current original came, if that was after it was added.
        uploaded_by: First characters of the key that added it.
        moderation_kind: Who judges it, such as "manual".
        moderation_status: "pending", "approved" or "rejected".
        moderated: When it was judged.
        faces: Boxes that a client gave for faces: x, y, width, height in pixels of the original.
        custom: Boxes that a client gave for other regions.
        regions: Named regions, as the client gave them.
        eager: Transformations made in advance.
        backup: Whether clients may still ask for it when it is in the trash.
        changed: When parts of its description last changed, such as "tags" or "context".
    """

    access_mode: str = "public"
    access_control: tuple[dict[str, Any], ...] = ()
    uploaded: datetime | None = None
    uploaded_by: str | None = None
    moderation_kind: str | None = None
    moderation_status: str | None = None
    moderated: datetime | None = None
    faces: tuple[tuple[int, int, int, int], ...] | None = None
    custom: tuple[tuple[int, int, int, int], ...] = ()
    regions: dict[str, Any] = {}
    eager: tuple[str, ...] = ()
    backup: bool = False
    changed: dict[str, datetime] = {}


# --- the asset ----------------------------------------------------------------------------------------------


class Membership(Record, frozen=True, kw_only=True, omit_defaults=True):
    """An asset's place in a collection."""

    collection_id: int
    collection: str
    split: str | None = None
    """Such as "train", "valid" or "test"."""
    split_locked: bool = False
    batch_id: int | None = None
    batch: str | None = None
    annotation_status: str | None = None
    in_dataset: bool = False


class Annotation(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A class, with or without a region, said of an asset by a person or a model.

    Attributes:
        box: x, y, width, height, as shares (0..1) of the displayed picture.
        polygon: x, y pairs, as shares of the displayed picture.
        source: Who said it, such as "user" or a model's name.
    """

    id: int
    label: str
    collection_id: int | None = None
    type: str = "bbox"
    box: tuple[float, float, float, float] | None = None
    polygon: tuple[tuple[float, float], ...] | None = None
    source: str = "user"
    confidence: float | None = None
    created: datetime | None = None


class Word(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A word read in a picture; its box is in shares (0..1) of the displayed picture.

    Attributes:
        confidence: How sure the reader is of the line that it stands in, 0..1.
        line: Number of that line, in reading order.
    """

    text: str
    box: tuple[float, float, float, float]
    confidence: float
    line: int = 0


class Frame(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A moment of a video, or the whole of an image."""

    id: int
    asset_id: int
    seconds: float = 0.0


class Object(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A region that a detector found; its box is in shares (0..1) of the displayed picture."""

    id: int
    asset_id: int
    label: str
    box: tuple[float, float, float, float]
    score: float
    frame_id: int | None = None


class Face(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A face in an asset; its box is in shares (0..1) of the displayed picture."""

    id: int
    uuid: str
    asset_id: int
    box: tuple[float, float, float, float]
    score: float = 1.0
    quality: float | None = None
    person_id: int | None = None
    person: str | None = None
    confirmed: bool = False
    """Whether a person said whose it is, or that it is nobody's; no model changes that."""
    frame_id: int | None = None
    source: str | None = None
    """Name of the model that found it; `None` if a person drew it."""
    created: datetime | None = None
    updated: datetime | None = None


class Asset(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One image or video, with everything that is known of it.

    Attributes:
        id: Assigned once by the catalogue, never reused.
        uuid: 32 hex digits; the dialects' ids are spellings of `id` and `uuid`.
        sha256: Of the original's bytes; the original's key in the blob store.
        width: Pixels as displayed (after orientation); 0 if unknown.
        height: Pixels as displayed.
        bytes: Size of the original.
        folder: Path without leading or trailing slash; "" is the root.
        taken: When the moment was captured, on the camera's clock; naive where the offset is unknown.
        metadata: Key/value facts given by users or clients: strings, numbers, booleans, lists of them.
    """

    id: int
    uuid: str
    workspace: str
    sha256: str
    filename: str
    kind: Kind = Kind.IMAGE
    status: Status = Status.ACTIVE
    format: str
    mime: str
    bytes: int
    width: int = 0
    height: int = 0
    duration: float | None = None
    folder: str = ""
    title: str | None = None
    description: str | None = None
    rating: int | None = None
    favorite: bool = False
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = {}
    taken: datetime | None = None
    created: datetime
    updated: datetime
    trashed: datetime | None = None
    device: str | None = None
    device_asset_id: str | None = None
    source: str | None = None
    """Where the file came from: a path or URL, as given."""
    facts: Facts = Facts()
    text: str | None = None
    """Words read in the picture."""
    memberships: tuple[Membership, ...] = ()
    albums: tuple[str, ...] = ()
    album_ids: tuple[int, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    objects: tuple[Object, ...] = ()
    faces: tuple[Face, ...] = ()
    seen: tuple[str, ...] = ()
    """The stages of enrichment that have seen its current version, such as "meaning" or "faces"."""
    failed: tuple[str, ...] = ()
    """The stages that have given up on its current version."""
    version: int = 1
    """Number of the current version; grows when the original is replaced."""
    public_id: str | None = None
    """The name that a client chose; unique among a workspace's assets of one `kind` and one `delivery`."""
    delivery: str = "upload"
    """Who may fetch it by that name: "upload" is whoever knows it, "private" and "authenticated" need a signature."""
    publication: Publication = Publication()


class NewAsset(Record, frozen=True, kw_only=True, omit_defaults=True):
    """What ingest knows of a file before the catalogue gives it an identity."""

    sha256: str
    filename: str
    format: str
    mime: str
    bytes: int
    kind: Kind = Kind.IMAGE
    status: Status = Status.ACTIVE
    width: int = 0
    height: int = 0
    duration: float | None = None
    folder: str = ""
    title: str | None = None
    description: str | None = None
    rating: int | None = None
    favorite: bool = False
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = {}
    taken: datetime | None = None
    device: str | None = None
    device_asset_id: str | None = None
    source: str | None = None
    facts: Facts = Facts()
    uuid: str | None = None
    """Given where a client chose it; else the catalogue makes one."""
    public_id: str | None = None
    delivery: str = "upload"
    publication: Publication = Publication()


class Version(Record, frozen=True, kw_only=True, omit_defaults=True):
    """An earlier or current original of an asset."""

    id: int
    uuid: str
    asset_id: int
    number: int
    sha256: str
    filename: str
    format: str
    mime: str
    bytes: int
    width: int
    height: int
    kind: str = "original"
    created: datetime


# --- things with an identity of their own -------------------------------------------------------------------


class Workspace(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A tenant: nothing in it is visible from another one."""

    id: int
    name: str
    created: datetime


class Key(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A credential of a workspace; the secret itself is never stored."""

    id: int
    workspace: str
    name: str
    scope: Scope
    digest: str
    """SHA-256 of the key's text, hex."""
    hint: str
    """First characters of the key, to tell keys apart in a list."""
    created: datetime
    expires: datetime | None = None
    revoked: datetime | None = None


class Collection(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A named set of assets that are worked on together: a project, collection or library."""

    id: int
    uuid: str
    name: str
    slug: str
    type: str | None = None
    description: str | None = None
    settings: dict[str, Any] = {}
    created: datetime
    updated: datetime
    trashed: datetime | None = None
    count: int | None = None


class Batch(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A group of assets that came into a collection together."""

    id: int
    uuid: str
    name: str
    collection_id: int | None = None
    stage: str = "collecting"
    created: datetime
    count: int | None = None


class Folder(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A node of the folder tree, named by its whole path."""

    id: int
    uuid: str
    path: str
    created: datetime
    updated: datetime
    count: int | None = None
    """Assets directly inside, where asked for."""


class Album(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A named set of assets, in no order of its own."""

    id: int
    uuid: str
    name: str
    description: str | None = None
    cover_asset_id: int | None = None
    """The asset chosen as cover, if one was."""
    created: datetime
    updated: datetime
    count: int | None = None


class Person(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody whose faces belong together."""

    id: int
    uuid: str
    name: str | None = None
    hidden: bool = False
    favorite: bool = False
    birth_date: str | None = None
    cover_face_id: int | None = None
    """The face that was chosen, else the one that shows them best."""
    created: datetime
    updated: datetime
    count: int | None = None


class Owner(StrEnum):
    """What a vector belongs to."""

    ASSET = "asset"
    FRAME = "frame"
    OBJECT = "object"
    FACE = "face"


class Embedding(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A vector of a space, kept in half precision so that an index can be rebuilt without the model.

    Attributes:
        space: Name of the vector space: one model and what it was applied to.
        owner: What it describes.
        owner_id: Id of that asset, frame, object or face.
        asset_id: The asset it belongs to in the end.
        vector: Little-endian float16 values.
    """

    space: str
    owner: Owner
    owner_id: int
    asset_id: int
    vector: bytes


class Enrichment(Record, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one stage's look at an asset.

    Attributes:
        stage: Such as "meaning" or "faces".
        maker: Names and digests of the models that looked.
        version: The asset's version that they saw.
        attempts: How often they failed.
        error: Why they failed last; `None` where they did not.
    """

    asset_id: int
    stage: str
    maker: str
    version: int
    attempts: int = 0
    error: str | None = None
    at: datetime


class MetadataField(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A structured metadata field that a workspace defines for its assets.

    Attributes:
        external_id: Its key in `Asset.metadata`.
        type: "string", "integer", "date", "enum" or "set".
        datasource: Allowed values of an enum or set, each {"external_id", "value", "state"}.
    """

    id: int
    external_id: str
    label: str
    type: str
    mandatory: bool = False
    default: Any = None
    validation: dict[str, Any] | None = None
    datasource: tuple[dict[str, Any], ...] = ()
    position: int = 0
    settings: dict[str, Any] = {}


class Device(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A camera, phone or edge device that sends assets."""

    id: int
    uuid: str
    identifier: str
    name: str | None = None
    settings: dict[str, Any] = {}
    created: datetime
    seen: datetime | None = None


class JobState(StrEnum):
    """Where a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Work to be done, or done, outside a request."""

    id: int
    uuid: str
    workspace: str = ""
    kind: str
    state: JobState = JobState.QUEUED
    payload: dict[str, Any] = {}
    result: dict[str, Any] | None = None
    error: str | None = None
    attempts: int = 0
    created: datetime
    updated: datetime


class Entry(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A small named thing that only one dialect or page knows, such as an upload preset or a saved search.

    Attributes:
        kind: What it is, such as "upload_preset".
        key: Its name among those of its kind in the workspace.
        value: What its owner keeps in it, as JSON.
    """

    id: int
    workspace: str
    kind: str
    key: str
    value: dict[str, Any]
    created: datetime
    updated: datetime


class Change(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of a workspace's change log.

    Attributes:
        sequence: Position in the log; grows by one with each entry, in commit order, without gaps.
        entity: What changed: "asset", "album", "folder", "person" and so on.
        entity_id: Its id.
        action: "created", "updated" or "deleted".
        detail: What else a follower needs, such as the kind of update.
    """

    sequence: int
    entity: str
    entity_id: int
    action: str
    at: datetime
    detail: dict[str, Any] = {}
