"""The single table of everything that can be searched.

Documentation, validation, "did you mean", the index's columns and the web page's filters are all made from it: a new
field is one more line here. Fields of an open family, such as `metadata.KEY`, are made on the fly by `field`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import PurePath
from typing import Any

from fototeca.assets import Asset
from fototeca.errors import QueryError
from fototeca.query.expressions import How
from fototeca.query.words import fold


class Type(StrEnum):
    """What kind of values a field holds, and with it what can be asked of it."""

    KEYWORD = "keyword"
    """One text value."""
    KEYWORDS = "keywords"
    """Any number of text values; the same value may stand more than once."""
    TEXT = "text"
    """One long text, matched by words and phrases only; it neither sorts nor facets."""
    INT = "int"
    FLOAT = "float"
    DATE = "date"
    BOOL = "bool"
    PATH = "path"
    """One folder path without outer slashes; without one a document is in the root, "". `Exists` means elsewhere."""
    GEO = "geo"
    """A pair of degrees: latitude, longitude."""
    VECTOR = "vector"
    """A vector space; it can only be present or absent."""
    OPEN = "open"
    """Whatever a client stored: text, number, boolean or a list of texts."""


SORTABLE = frozenset({Type.KEYWORD, Type.INT, Type.FLOAT, Type.DATE, Type.BOOL, Type.PATH, Type.OPEN})
FACETABLE = frozenset({*SORTABLE, Type.KEYWORDS})
STRINGS = frozenset({Type.KEYWORD, Type.KEYWORDS, Type.TEXT, Type.PATH, Type.OPEN})
NUMBERS = frozenset({Type.INT, Type.FLOAT})


@dataclass(frozen=True, slots=True)
class Field:
    """One searchable name.

    Attributes:
        name: Canonical name.
        type: Kind of values.
        doc: One line for people.
        value: Takes the field's value from an asset; `None`, "" or an empty list mean that there is none.
        how: How the native language's `field:value` compares text.
        weight: Weight of the field's words in free text; 0 keeps them out of it.
        aliases: Other names that the native language accepts.
        unit: What a number counts: "bytes", "pixels", "seconds", "mm" and so on.
    """

    name: str
    type: Type
    doc: str
    value: Callable[[Asset], Any] = attribute(compare=False, repr=False)
    how: How = How.FOLDED
    weight: float = 0.0
    aliases: tuple[str, ...] = ()
    unit: str = ""

    @property
    def sorts(self) -> bool:
        """Whether it can be a sort key."""
        return self.type in SORTABLE

    @property
    def facets(self) -> bool:
        """Whether it can be counted by value."""
        return self.type in FACETABLE


def _camera(asset: Asset) -> str | None:
    """Make and model in one, without saying the make twice."""
    make, model = asset.facts.camera.make or "", asset.facts.camera.model or ""
    return model if model.lower().startswith(make.lower()) else f"{make} {model}".strip()


def _place(asset: Asset) -> str | None:
    place = asset.facts.place
    return None if place is None else ", ".join(part for part in (place.city, place.state, place.country) if part)


def _position(asset: Asset) -> tuple[float, float] | None:
    gps = asset.facts.gps
    return None if gps is None else (gps.latitude, gps.longitude)


def _moment(asset: Asset) -> datetime:
    """When it was captured; else when its file was made, as a client told; else when it was added."""
    return asset.taken or _told(asset.metadata.get(FILE_CREATED)) or asset.created


def _instant(asset: Asset) -> datetime | None:
    moment = _moment(asset)
    return None if moment.tzinfo is None else moment.astimezone(UTC)


def _told(text: Any) -> datetime | None:
    """Read a time that a client stored as a fact, if it is one."""
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _people(asset: Asset) -> list[int]:
    return sorted({face.person_id for face in asset.faces if face.person_id is not None})


def _places(asset: Asset) -> list[str]:
    """What holds of the asset in each of its collections: facts that are asked for together with their collection."""
    found: list[str] = []
    for place in asset.memberships:
        facts = {
            "split": place.split,
            "batch": place.batch_id,
            "status": place.annotation_status,
        }
        found += [f"{place.collection_id}/{name}/{value}" for name, value in facts.items() if value is not None]
        found += [f"{place.collection_id}/dataset"] if place.in_dataset else []
    said = (a for a in asset.annotations if a.collection_id is not None)
    return found + [f"{each.collection_id}/class/{each.label}" for each in said]


CLEAR_FACE = 0.4
"""Faces that show somebody worse are not given to people, nor counted as strangers: they are in the background."""


def _face_count(asset: Asset) -> int:
    return len(asset.faces if asset.publication.faces is None else asset.publication.faces)


def _strangers(asset: Asset) -> int:
    clear = (face for face in asset.faces if face.quality is None or face.quality >= CLEAR_FACE)
    return sum(face.person_id is None for face in clear)


def _distinct(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))


def _public_name(asset: Asset) -> str:
    """The last part of the name that clients know it by; without one, that of its file without the ending."""
    return (asset.public_id or "").rpartition("/")[2] or PurePath(asset.filename).stem


def _texts_given(asset: Asset) -> list[str]:
    values = (value if isinstance(value, list) else [value] for value in asset.metadata.values())
    return _distinct(value for listed in values for value in listed if isinstance(value, str))


def _quality(asset: Asset) -> float | None:
    found = asset.facts.quality
    return (
        None if found is None else round((found.sharpness + found.brightness + found.contrast + found.exposure) / 4, 6)
    )


ASPECT_DIGITS = 6
_LONGEST_TAG = 128
SORTED_CHARACTERS = 100
FILE_CREATED = "file_created_at"
"""Key of the fact by which a client tells when the file was made, in ISO 8601."""

FIELDS: tuple[Field, ...] = (
    # --- identity and life
    Field("id", Type.INT, "The asset's number", lambda a: a.id),
    Field("uuid", Type.KEYWORD, "The asset's UUID, 32 hex digits", lambda a: a.uuid, How.EXACT),
    Field("kind", Type.KEYWORD, "image, video or raw", lambda a: str(a.kind), aliases=("type",)),
    Field("status", Type.KEYWORD, "active, pending or trashed", lambda a: str(a.status)),
    Field("created", Type.DATE, "When it was added (UTC)", lambda a: a.created, aliases=("added", "uploaded")),
    Field("updated", Type.DATE, "When it last changed (UTC)", lambda a: a.updated),
    Field("trashed", Type.DATE, "When it was put in the trash (UTC)", lambda a: a.trashed),
    Field("version", Type.INT, "Number of its current version", lambda a: a.version),
    Field("source", Type.KEYWORD, "Path or URL it came from", lambda a: a.source, How.PHRASE),
    Field("device", Type.KEYWORD, "Device that sent it", lambda a: a.device),
    Field("device_asset", Type.KEYWORD, "The device's own id for it", lambda a: a.device_asset_id, How.EXACT),
    # --- how clients know it
    Field("public_id", Type.KEYWORD, "Name that a client chose, else the UUID", lambda a: a.public_id or a.uuid),
    Field("public_name", Type.KEYWORD, "Last part of that name, else of the file's", _public_name, How.PHRASE),
    Field(
        "public_folder",
        Type.PATH,
        "What stands before it",
        lambda a: (a.public_id or "").rpartition("/")[0],
        How.PHRASE,
    ),
    Field(
        "display_name",
        Type.KEYWORD,
        "Title, else the last part of its public id",
        lambda a: a.title or _public_name(a),
        How.PHRASE,
    ),
    Field("delivery", Type.KEYWORD, "upload (public), private, authenticated", lambda a: a.delivery, How.EXACT),
    Field("access_mode", Type.KEYWORD, "public or authenticated", lambda a: a.publication.access_mode, How.EXACT),
    Field("moderation_kind", Type.KEYWORD, "Who judges it", lambda a: a.publication.moderation_kind, How.EXACT),
    Field(
        "moderation_status",
        Type.KEYWORD,
        "pending, approved or rejected",
        lambda a: a.publication.moderation_status,
        How.EXACT,
    ),
    Field("replaced", Type.DATE, "When its current original came (UTC)", lambda a: a.publication.uploaded or a.created),
    # --- words
    Field("filename", Type.KEYWORD, "Name of the file", lambda a: a.filename, How.PHRASE, 2.0, ("name", "file")),
    Field("sort_name", Type.KEYWORD, "File name without case and accents, to sort by", lambda a: fold(a.filename)),
    Field(
        "sort_description",
        Type.KEYWORD,
        "Beginning of the description without case and accents, to sort by",
        lambda a: fold(a.description or a.facts.description or "")[:SORTED_CHARACTERS],
    ),
    Field("title", Type.KEYWORD, "Title", lambda a: a.title or a.facts.title, How.PHRASE, 3.0),
    Field(
        "description",
        Type.TEXT,
        "Caption or description",
        lambda a: a.description or a.facts.description,
        How.WORDS,
        2.0,
        ("caption",),
    ),
    Field("text", Type.TEXT, "Any of the fields that take part in free text", lambda _: None, How.WORDS, 0.0, ("any",)),
    Field("ocr", Type.TEXT, "Words read in the picture", lambda a: a.text, How.WORDS, 1.0),
    Field("artist", Type.KEYWORD, "Who took it", lambda a: a.facts.artist, How.PHRASE, 1.0, ("author", "by")),
    Field("copyright", Type.KEYWORD, "Copyright notice", lambda a: a.facts.copyright, How.PHRASE),
    # --- arrangement
    Field("folder", Type.PATH, "Folder, with those below it", lambda a: a.folder, How.FOLDED, 1.0, ("in", "path")),
    Field(
        "tag",
        Type.KEYWORDS,
        "Tags, and the keywords written into the file",
        lambda a: _distinct([*a.tags, *a.facts.keywords]),
        How.FOLDED,
        3.0,
        ("tags", "keyword", "keywords"),
    ),
    Field("album", Type.KEYWORDS, "Albums it is in", lambda a: a.albums, weight=1.0, aliases=("albums",)),
    Field("album_id", Type.KEYWORDS, "Ids of those albums", lambda a: [str(i) for i in a.album_ids], How.EXACT),
    Field(
        "collection",
        Type.KEYWORDS,
        "Collections (projects, libraries) it is in",
        lambda a: _distinct(m.collection for m in a.memberships),
        weight=1.0,
        aliases=("collections", "project"),
    ),
    Field(
        "collection_id",
        Type.KEYWORDS,
        "Ids of those collections",
        lambda a: [str(m.collection_id) for m in a.memberships],
        How.EXACT,
    ),
    Field("split", Type.KEYWORDS, "train, valid, test", lambda a: _distinct(m.split for m in a.memberships)),
    Field("batch", Type.KEYWORDS, "Batches it came in", lambda a: _distinct(m.batch for m in a.memberships)),
    Field(
        "annotation_status",
        Type.KEYWORDS,
        "How far its annotation is",
        lambda a: _distinct(m.annotation_status for m in a.memberships),
    ),
    Field("in_dataset", Type.BOOL, "Accepted into a dataset", lambda a: any(m.in_dataset for m in a.memberships)),
    Field(
        "membership",
        Type.KEYWORDS,
        "What holds in one of them: ID/split/train, ID/batch/7, ID/status/NAME, ID/dataset, ID/class/NAME",
        _places,
        How.EXACT,
    ),
    Field(
        "rating", Type.INT, "Stars, 0 to 5", lambda a: a.facts.rating if a.rating is None else a.rating, unit="stars"
    ),
    Field("favorite", Type.BOOL, "Marked as a favourite", lambda a: a.favorite, aliases=("favourite",)),
    Field("fact", Type.KEYWORDS, "Texts among its key/value facts", _texts_given, How.PHRASE),
    # --- the file
    Field("format", Type.KEYWORD, "File format, such as jpg or heic", lambda a: a.format, aliases=("ext",)),
    Field("mime", Type.KEYWORD, "MIME type", lambda a: a.mime),
    Field("bytes", Type.INT, "Size of the file", lambda a: a.bytes, aliases=("size",), unit="bytes"),
    Field(
        "backup_bytes",
        Type.INT,
        "Bytes that clients may still ask for once it is in the trash",
        lambda a: a.bytes if a.publication.backup else 0,
        unit="bytes",
    ),
    Field("width", Type.INT, "Width as displayed", lambda a: a.width or None, unit="pixels"),
    Field("height", Type.INT, "Height as displayed", lambda a: a.height or None, unit="pixels"),
    Field("pixels", Type.INT, "Width times height", lambda a: a.width * a.height or None, unit="pixels"),
    Field(
        "aspect",
        Type.FLOAT,
        "Width by height, such as 16:9 or 1.5",
        lambda a: round(a.width / a.height, ASPECT_DIGITS) if a.height else None,
        aliases=("ratio",),
    ),
    Field("duration", Type.FLOAT, "Length of a video", lambda a: a.duration, unit="seconds"),
    Field("codec", Type.KEYWORD, "How a video is coded, such as h264", lambda a: a.facts.video and a.facts.video.codec),
    Field("fps", Type.FLOAT, "Frames per second of a video", lambda a: a.facts.video and a.facts.video.frame_rate),
    Field("bitrate", Type.INT, "Bits per second of a video", lambda a: a.facts.video and a.facts.video.bit_rate),
    Field("sound", Type.BOOL, "A video has sound", lambda a: a.facts.video and a.facts.video.audio is not None),
    Field("frames", Type.INT, "Pages or frames in the file", lambda a: a.facts.frames, aliases=("pages",)),
    Field("animated", Type.BOOL, "Moves, without being a video", lambda a: a.facts.animated),
    Field("transparent", Type.BOOL, "Has transparent parts", lambda a: a.facts.transparent),
    Field("sha256", Type.KEYWORD, "SHA-256 of the original", lambda a: a.sha256, How.EXACT),
    Field("sha1", Type.KEYWORD, "SHA-1 of the original", lambda a: a.facts.sha1, How.EXACT),
    Field("md5", Type.KEYWORD, "MD5 of the original", lambda a: a.facts.md5, How.EXACT),
    Field("phash", Type.KEYWORD, "Perceptual hash, 16 hex digits", lambda a: a.facts.phash, How.EXACT),
    # --- the picture
    Field(
        "color",
        Type.KEYWORDS,
        "Names of its predominant colours",
        lambda a: _distinct(c.name for c in a.facts.colors),
        aliases=("colour", "colors"),
    ),
    Field("illustration", Type.FLOAT, "0 for a photo to 1 for a drawing", lambda a: a.facts.illustration),
    Field(
        "distinct",
        Type.FLOAT,
        "0 if colour-blind people cannot tell two of its colours apart, to 1",
        lambda a: a.facts.distinct and a.facts.distinct.score,
    ),
    Field("grayscale", Type.BOOL, "Without colour", lambda a: a.facts.grayscale),
    Field("sharpness", Type.FLOAT, "0 blurred to 1 sharp", lambda a: a.facts.quality and a.facts.quality.sharpness),
    Field("brightness", Type.FLOAT, "0 black to 1 white", lambda a: a.facts.quality and a.facts.quality.brightness),
    Field("contrast", Type.FLOAT, "0 flat to 1 full range", lambda a: a.facts.quality and a.facts.quality.contrast),
    Field("quality", Type.FLOAT, "Mean of these four", _quality),
    Field("exposed", Type.FLOAT, "0 badly to 1 well exposed", lambda a: a.facts.quality and a.facts.quality.exposure),
    Field("object", Type.KEYWORDS, "Things found in it", lambda a: [o.label for o in a.objects], weight=1.0),
    Field("objects", Type.INT, "How many things were found", lambda a: len(a.objects), unit="count"),
    Field("class", Type.KEYWORDS, "Classes of its annotations", lambda a: [n.label for n in a.annotations], weight=1.0),
    Field("annotations", Type.INT, "How many annotations it has", lambda a: len(a.annotations), unit="count"),
    Field(
        "person",
        Type.KEYWORDS,
        "People in it",
        lambda a: _distinct(f.person for f in a.faces),
        weight=3.0,
        aliases=("who",),
    ),
    Field("person_id", Type.KEYWORDS, "Ids of those people", lambda a: [str(i) for i in _people(a)], How.EXACT),
    Field("people", Type.INT, "How many different people", lambda a: len(_people(a)), unit="count"),
    Field("faces", Type.INT, "How many faces, as a client says or a model found", _face_count, unit="count"),
    Field("strangers", Type.INT, "How many clear faces of nobody known", _strangers, unit="count"),
    Field("seen", Type.KEYWORDS, "What models have looked for: meaning, objects, faces and so on", lambda a: a.seen),
    Field("failed", Type.KEYWORDS, "What models gave up looking for in it", lambda a: a.failed),
    Field(
        "embedding",
        Type.BOOL,
        "Has a vector, so that meaning and likeness reach it",
        lambda a: "meaning" in a.seen or None,
    ),
    # --- the moment
    Field("taken", Type.DATE, "When it was captured, on the camera's clock", lambda a: a.taken, aliases=("date",)),
    Field("moment", Type.DATE, "When it was captured, else when its file was made, else when it was added", _moment),
    Field("instant", Type.DATE, "The same in UTC, where its offset is known", _instant),
    Field("digitized", Type.DATE, "When it was digitised", lambda a: a.facts.digitized),
    Field("camera", Type.KEYWORD, "Make and model", _camera, How.PHRASE, 1.0),
    Field("make", Type.KEYWORD, "Maker of the camera", lambda a: a.facts.camera.make, How.PHRASE),
    Field("model", Type.KEYWORD, "Model of the camera", lambda a: a.facts.camera.model, How.PHRASE),
    Field("lens", Type.KEYWORD, "Lens", lambda a: a.facts.camera.lens, How.PHRASE),
    Field("software", Type.KEYWORD, "Program that wrote the file", lambda a: a.facts.camera.software, How.PHRASE),
    Field(
        "exposure",
        Type.FLOAT,
        "Exposure time",
        lambda a: a.facts.camera.exposure_time,
        aliases=("shutter",),
        unit="seconds",
    ),
    Field("aperture", Type.FLOAT, "F-number", lambda a: a.facts.camera.f_number, aliases=("f",)),
    Field("iso", Type.INT, "ISO speed", lambda a: a.facts.camera.iso),
    Field("focal", Type.FLOAT, "Focal length", lambda a: a.facts.camera.focal_length, unit="mm"),
    Field("flash", Type.BOOL, "The flash fired", lambda a: a.facts.camera.flash),
    # --- the place
    Field("gps", Type.GEO, "Position", _position, aliases=("location", "within", "near")),
    Field("altitude", Type.FLOAT, "Height above the sea", lambda a: a.facts.gps and a.facts.gps.altitude, unit="m"),
    Field("place", Type.KEYWORD, "City, state and country", _place, How.PHRASE, 1.0),
    Field("city", Type.KEYWORD, "City", lambda a: a.facts.place and a.facts.place.city),
    Field(
        "state", Type.KEYWORD, "State or region", lambda a: a.facts.place and a.facts.place.state, aliases=("region",)
    ),
    Field("country", Type.KEYWORD, "Country", lambda a: a.facts.place and a.facts.place.country),
    Field("country_code", Type.KEYWORD, "Country, two letters", lambda a: a.facts.place and a.facts.place.country_code),
)

FAMILIES: dict[str, Field] = {
    "metadata": Field(
        "metadata",
        Type.OPEN,
        "Key/value facts given by users, as metadata.KEY",
        lambda a: a.metadata,
        aliases=("meta",),
    ),
    "embedded": Field(
        "embedded",
        Type.OPEN,
        "Tags written into the file, as embedded.NAME, such as embedded.LensModel",
        lambda a: a.facts.tags,
    ),
    "share": Field(
        "share", Type.FLOAT, "Part of the picture that has a colour, 0 to 1, as share.NAME", lambda a: a.facts.colors
    ),
    "changed": Field(
        "changed",
        Type.DATE,
        "When a part of its description last changed, as changed.PART",
        lambda a: a.publication.changed,
    ),
    "vector": Field("vector", Type.VECTOR, "Vector spaces, as vector.SPACE; only has:vector.SPACE", lambda _: None),
}

_BY_NAME = {name: f for f in FIELDS for name in (f.name, *f.aliases)}
_FAMILY_BY_NAME = {name: f for f in FAMILIES.values() for name in (f.name, *f.aliases)}
FREE_TEXT: tuple[Field, ...] = tuple(f for f in FIELDS if f.weight > 0)


def find(name: str) -> Field | None:
    """Return the field of this name or alias, or `None`."""
    known = _BY_NAME.get(name)
    if known is not None:
        return known
    family_name, dot, key = name.partition(".")
    family = _FAMILY_BY_NAME.get(family_name) if dot and key else None
    return family and Field(f"{family.name}.{key}", family.type, family.doc, family.value, family.how)


def field(name: str, *, position: int | None = None) -> Field:
    """Return the field of this name or alias.

    Raises:
        QueryError: There is none; the error carries the nearest known name.
    """
    known = find(name)
    if known is None:
        near = nearest(name, _BY_NAME)
        hint = f'; did you mean "{near}"?' if near else ""
        raise QueryError(f'unknown field "{name}"{hint}', position=position, suggestion=near, field=name)
    return known


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that looks most like this one, if one is near."""
    near = difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.6)
    return near[0] if near else None


def values(asset: Asset) -> dict[str, Any]:
    """Return an asset's value of every field that it has one of, by canonical name."""
    found = {f.name: value for f in FIELDS if _present(value := f.value(asset))}
    found |= {f"share.{colour.name}": colour.share for colour in asset.facts.colors}
    found |= {f"changed.{part}": moment for part, moment in asset.publication.changed.items()}
    found |= {f"embedded.{name}": value for name, value in embedded(asset).items()}
    for key, value in asset.metadata.items():
        if _present(value):
            found[f"metadata.{key}"] = value
    return found


def embedded(asset: Asset) -> dict[str, str | float | bool]:
    """Return the tags written into the file, by their names without the group; the first of a name counts.

    Only short ones: long texts and lists are descriptions, which have fields of their own.
    """
    short: dict[str, str | float | bool] = {}
    for name, value in asset.facts.tags.items():
        if isinstance(value, int | float) or (isinstance(value, str) and 0 < len(value) <= _LONGEST_TAG):
            short.setdefault(name.rpartition(":")[2], value)
    return short


def _present(value: Any) -> bool:
    """Whether a value counts as there (a path that is not there is the root folder)."""
    return value is not None and value not in ("", [], ())
