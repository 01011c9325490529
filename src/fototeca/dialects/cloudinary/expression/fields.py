"""The fields of Cloudinary's asset search: what kind of values each holds, and which of ours holds them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What can be asked of a field, and how it is compared."""

    WORDS = "words"
    """Text: "=" compares the whole, ":" looks for its words."""
    WHOLE = "whole"
    """Text that is compared as a whole by either operator."""
    FIXED = "fixed"
    """One of a few texts, compared exactly."""
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    FOLDER = "folder"
    PLACE = "place"
    RATIO = "ratio"
    COLOUR = "colour"
    KEYS = "keys"
    """The container of an open family: the value is a key that is to be there."""
    OPEN = "open"
    """Text or number, as it is in the file."""
    VERSION = "version"
    """Whole seconds since 1970 at which the current original came."""
    UNKNOWN = "unknown"
    """Nothing here holds it, so nothing matches."""


@dataclass(frozen=True, slots=True)
class Known:
    """One field.

    Attributes:
        target: Name of ours.
        units: What a number's letters stand for, in what the target counts.
    """

    kind: Kind
    target: str = ""
    units: dict[str, float] | None = None


_SIZES = {
    "": 1.0,
    "b": 1.0,
    "kb": 2.0**10,
    "k": 2.0**10,
    "mb": 2.0**20,
    "m": 2.0**20,
    "gb": 2.0**30,
    "g": 2.0**30,
}
_PIXELS = {"": 1.0, "p": 1.0, "m": 1e6, "mp": 1e6}
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_BITS = {"": 1.0, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6}
_PLAIN = {"": 1.0}
_PERCENT = {"": 0.01, "%": 0.01}

FIXED: dict[str, dict[str, str]] = {
    "resource_type": {name: name for name in ("image", "video", "raw")},
    "type": {
        name: name
        for name in (
            *("upload", "private", "authenticated", "fetch", "text", "multi", "sprite", "facebook", "twitter"),
            *("twitter_name", "gravatar", "youtube", "hulu", "vimeo", "animoto", "worldstarhiphop", "dailymotion"),
        )
    },
    "access_mode": {name: name for name in ("public", "authenticated")},
    "status": {"active": "active", "pending": "pending", "deleted": "trashed"},
    "moderation_kind": {
        name: name
        for name in (
            *("manual", "perception_point", "webpurify", "aws_rek", "duplicate"),
            *("aws_rek_video", "google_video_moderation"),
        )
    },
    "moderation_status": {name: name for name in ("pending", "approved", "rejected")},
}
"""The values of fields that have few, by what ours call them."""

COLOURS = {
    **{name: name for name in ("green", "blue", "black", "white", "red", "gray", "lime", "yellow", "cyan", "teal")},
    **{name: name for name in ("purple", "orange", "pink", "brown", "olive")},
    "lightblue": "azure",
}
"""Cloudinary's names of colours, by those of our palette."""

_FIELDS: dict[str, Known] = {
    "public_id": Known(Kind.WHOLE, "public_id"),
    "asset_id": Known(Kind.WHOLE, "uuid"),
    "filename": Known(Kind.WORDS, "public_name"),
    "display_name": Known(Kind.WORDS, "display_name"),
    "folder": Known(Kind.FOLDER, "public_folder"),
    "asset_folder": Known(Kind.FOLDER),
    "tags": Known(Kind.WORDS, "tag"),
    "context": Known(Kind.KEYS, "context"),
    "metadata": Known(Kind.KEYS, "metadata"),
    "image_metadata": Known(Kind.KEYS, "embedded"),
    "resource_type": Known(Kind.FIXED, "kind"),
    "type": Known(Kind.FIXED, "delivery"),
    "access_mode": Known(Kind.FIXED, "access_mode"),
    "status": Known(Kind.FIXED, "status"),
    "moderation_kind": Known(Kind.FIXED, "moderation_kind"),
    "moderation_status": Known(Kind.FIXED, "moderation_status"),
    "format": Known(Kind.WHOLE, "format"),
    "etag": Known(Kind.WHOLE, "md5"),
    "phash": Known(Kind.WHOLE, "phash"),
    "created_at": Known(Kind.DATE, "created"),
    "uploaded_at": Known(Kind.DATE, "replaced"),
    "updated_at": Known(Kind.DATE, "updated"),
    "taken_at": Known(Kind.DATE, "taken"),
    "bytes": Known(Kind.NUMBER, "bytes", _SIZES),
    "backup_bytes": Known(Kind.NUMBER, "backup_bytes", _SIZES),
    "width": Known(Kind.NUMBER, "width", _PLAIN),
    "height": Known(Kind.NUMBER, "height", _PLAIN),
    "pixels": Known(Kind.NUMBER, "pixels", _PIXELS),
    "pages": Known(Kind.NUMBER, "frames", _PLAIN),
    "duration": Known(Kind.NUMBER, "duration", _SECONDS),
    "bit_rate": Known(Kind.NUMBER, "bitrate", _BITS),
    "frame_rate": Known(Kind.NUMBER, "fps", _PLAIN),
    "aspect_ratio": Known(Kind.RATIO, "aspect"),
    "face_count": Known(Kind.NUMBER, "faces", _PLAIN),
    "colors": Known(Kind.COLOUR, "color"),
    "grayscale": Known(Kind.BOOLEAN, "grayscale"),
    "transparent": Known(Kind.BOOLEAN, "transparent"),
    "illustration_score": Known(Kind.NUMBER, "illustration", _PLAIN),
    "quality_score": Known(Kind.NUMBER, "quality", _PLAIN),
    "quality_analysis.quality_score": Known(Kind.NUMBER, "quality", _PLAIN),
    "quality_analysis.focus": Known(Kind.NUMBER, "sharpness", _PLAIN),
    "quality_analysis.color_score": Known(Kind.NUMBER, "exposed", _PLAIN),
    "quality_analysis.pixel_score": Known(Kind.NUMBER, "sharpness", _PLAIN),
    "accessibility_analysis.colorblind_accessibility_score": Known(Kind.NUMBER, "distinct", _PLAIN),
    "location": Known(Kind.PLACE, "gps"),
    "version": Known(Kind.VERSION, "replaced"),
}
_PREFIXES = ("context", "metadata", "image_metadata", "last_updated", "colors")
_PRESENT = frozenset({"tags", "context", "metadata", "colors"})
_SORTED = frozenset(
    {
        *("created_at", "uploaded_at", "updated_at", "taken_at", "public_id", "asset_id", "filename", "display_name"),
        *("folder", "asset_folder", "format", "resource_type", "type", "bytes", "width", "height", "aspect_ratio"),
        *(
            "pixels",
            "pages",
            "duration",
            "bit_rate",
            "frame_rate",
            "face_count",
            "quality_score",
            "etag",
            "backup_bytes",
        ),
    }
)


def find(name: str) -> Known:
    """Return what a field's name stands for; a name that nobody knows is `UNKNOWN`."""
    plain = name.removeprefix("image_analysis.")
    if plain in _FIELDS:
        return _FIELDS[plain]
    family, dot, key = plain.partition(".")
    if not (dot and key):
        return Known(Kind.UNKNOWN)
    match family:
        case "colors" if key in COLOURS:
            return Known(Kind.NUMBER, f"share.{COLOURS[key]}", _PERCENT)
        case "image_metadata":
            return Known(Kind.OPEN, f"embedded.{key}")
        case "last_updated":
            return Known(Kind.DATE, "updated" if key == "updated_at" else f"changed.{key.removesuffix('_updated_at')}")
        case "context" | "metadata":
            return Known(Kind.KEYS, family)
    return Known(Kind.UNKNOWN)


def presence(name: str) -> bool:
    """Whether the name alone asks for the field to have a value, and is not a word like any other."""
    return name in _PRESENT or (name.partition(".")[0] in {"context", "metadata", "image_metadata"} and "." in name)


def sort_field(name: str) -> str | None:
    """Return the name of ours to sort by, or `None` where the field has no order."""
    if name in {"folder", "asset_folder"}:
        return "folder"
    family, _, key = name.partition(".")
    if key and family in {"context", "metadata"}:
        return f"metadata.context.{key}" if family == "context" else f"metadata.{key}"
    if name in _SORTED or (family == "last_updated" and key):
        return find(name).target
    return None
