"""Assets as Cloudinary shows them: in search results, in listings, one by one, and after an upload."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from fototeca.assets import Asset, Kind, Status
from fototeca.dialects.cloudinary.cloud import Cloud
from fototeca.dialects.cloudinary.context import context_of, metadata_of
from fototeca.dialects.cloudinary.expression.fields import COLOURS
from fototeca.query import fields

_COLOUR_NAMES = {ours: theirs for theirs, ours in COLOURS.items()}
_ALWAYS = frozenset(
    {"public_id", "asset_id", "asset_folder", "folder", "created_at", "status", "type", "resource_type"}
)
_STATUS = {Status.ACTIVE: "active", Status.PENDING: "pending", Status.TRASHED: "deleted"}
_TURNS = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}
"""Degrees clockwise by which players turn a video, by its orientation."""
ASKED = (
    *("faces", "coordinates", "colors", "phash", "image_metadata", "media_metadata", "exif"),
    *("quality_analysis", "accessibility_analysis"),
)
"""Flags of `asked`."""
_QUALITY, _BACKUP_BYTES = fields.field("quality").value, fields.field("backup_bytes").value
_FILENAME, _DISPLAY_NAME = fields.field("public_name").value, fields.field("display_name").value
WITH = (
    *("tags", "context", "metadata", "image_metadata", "image_analysis", "quality_analysis"),
    "accessibility_analysis",
)
"""What search results hold only if they are asked to."""


# --- names and addresses


def public_id(asset: Asset) -> str:
    """Return the name that clients know an asset by."""
    return asset.public_id or asset.uuid


def version(asset: Asset) -> int:
    """Return the second at which the current original came."""
    return int((asset.publication.uploaded or asset.created).timestamp())


def after(asset: Asset) -> datetime:
    """Return when an original comes that replaces an asset's: now, and in a later second, so that versions differ."""
    least = datetime.fromtimestamp(version(asset) + 1, UTC)
    return max(datetime.now(UTC), least)


def url(cloud: Cloud, asset: Asset, transformation: str = "", extension: str | None = None) -> str:
    """Return where an asset, or what a transformation makes of it, is delivered."""
    ending = f".{extension or asset.format}" if asset.kind is not Kind.RAW else ""
    made = f"{quote(transformation, safe=',:/')}/" if transformation else ""
    name = quote(public_id(asset))
    root = f"{cloud.caller.origin}/{cloud.name}/{asset.kind}/{asset.delivery}"
    return f"{root}/{made}v{version(asset)}/{name}{ending}"


def signature(asset: Asset, secret: str) -> str:
    """Return what proves to a client that an answer to an upload comes from here."""
    text = f"public_id={public_id(asset)}&version={version(asset)}{secret}"
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324 - the protocol's hash


# --- whole answers


def found(cloud: Cloud, asset: Asset, extras: Iterable[str] = ()) -> dict[str, Any]:
    """Return an asset as a search shows it, with these extras."""
    shown = {
        "asset_id": asset.uuid,
        "public_id": public_id(asset),
        "filename": _FILENAME(asset),
        **_place(cloud, asset),
        "format": _format(asset),
        "version": version(asset),
        "resource_type": str(asset.kind),
        "type": asset.delivery,
        "created_at": _offset(asset.created),
        "uploaded_at": _offset(asset.publication.uploaded or asset.created),
        "bytes": asset.bytes,
        "backup_bytes": _BACKUP_BYTES(asset),
        **_size(asset),
        "url": url(cloud, asset),
        "secure_url": url(cloud, asset),
        "status": _STATUS[asset.status],
        "access_mode": asset.publication.access_mode,
        "access_control": list(asset.publication.access_control) or None,
        "etag": asset.facts.md5,
        **_by(asset),
        **_moderation(asset),
        "last_updated": last_updated(asset, _offset),
    }
    return shown | {name: _extra(cloud, asset, name) for name in extras if name in WITH}


def chosen(cloud: Cloud, asset: Asset, names: Iterable[str]) -> dict[str, Any]:
    """Return an asset with only these fields and those that are always there; "context.KEY" is a part of one."""
    wanted = list(names)
    whole = found(cloud, asset, [name.partition(".")[0] for name in wanted])
    shown = {name: value for name, value in whole.items() if name in _ALWAYS or name in wanted}
    for name in wanted:
        head, dot, key = name.partition(".")
        if dot and head in {"context", "metadata", "image_metadata", "image_analysis"} and key in whole.get(head, {}):
            shown.setdefault(head, {})[key] = whole[head][key]
    return shown


def listed(cloud: Cloud, asset: Asset, flags: Iterable[str] = ()) -> dict[str, Any]:
    """Return an asset as a listing shows it; flags are "tags", "context", "metadata" and "moderations"."""
    shown = {
        "asset_id": asset.uuid,
        "public_id": public_id(asset),
        "format": _format(asset),
        "version": version(asset),
        "resource_type": str(asset.kind),
        "type": asset.delivery,
        "created_at": _zulu(asset.created),
        "bytes": asset.bytes,
        **({"width": asset.width, "height": asset.height} if asset.width else {}),
        **_place(cloud, asset),
        "access_mode": asset.publication.access_mode,
        "url": url(cloud, asset),
        "secure_url": url(cloud, asset),
    }
    if asset.status is Status.TRASHED:
        shown |= {"bytes": 0, "placeholder": True}
    flags = set(flags)
    context = context_of(asset, cloud.fields)
    if "tags" in flags:
        shown["tags"] = sorted(asset.tags)
    if "context" in flags and context:
        shown["context"] = {"custom": context}
    if "metadata" in flags:
        shown["metadata"] = metadata_of(asset, cloud.fields)
    if "moderations" in flags:
        shown |= moderation(asset)
    return shown


def described(cloud: Cloud, asset: Asset, derived: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one asset with all that is said of it."""
    shown = listed(cloud, asset, ("tags", "context", "metadata", "moderations"))
    if not shown["tags"]:
        del shown["tags"]
    if not shown["metadata"]:
        del shown["metadata"]
    return {
        **shown,
        "etag": asset.facts.md5,
        "pages": asset.facts.frames,
        "last_updated": last_updated(asset, _zulu),
        **_video(cloud, asset),
        "derived": derived,
    }


def uploaded(cloud: Cloud, asset: Asset, secret: str) -> dict[str, Any]:
    """Return what an upload, or another call that changes an asset, answers."""
    shown = {
        **listed(cloud, asset, ("tags", "context", "metadata", "moderations")),
        "version_id": hashlib.md5(f"{asset.uuid}/{asset.version}".encode()).hexdigest(),  # noqa: S324 - only a name
        "etag": asset.facts.md5,
        "pages": asset.facts.frames,
        "placeholder": asset.status is Status.TRASHED,
        "original_filename": asset.filename.rpartition(".")[0] or asset.filename,
        "access_mode": asset.publication.access_mode,
    }
    if secret:
        shown["signature"] = signature(asset, secret)
    if cloud.api_key:
        shown["api_key"] = cloud.api_key
    if not shown["metadata"]:
        del shown["metadata"]
    return shown | _video(cloud, asset)


# --- parts


def moderation(asset: Asset) -> dict[str, Any]:
    """Return who judges an asset and what they said, if anybody does."""
    publication = asset.publication
    if publication.moderation_kind is None:
        return {}
    entry = {"kind": publication.moderation_kind, "status": publication.moderation_status}
    if publication.moderated is not None:
        entry["updated_at"] = _zulu(publication.moderated)
    return {"moderation": [entry]}


def faces(asset: Asset) -> list[list[int]]:
    """Return boxes around faces, in pixels: those that a client gave, else those that were found."""
    if asset.publication.faces is not None:
        return [list(box) for box in asset.publication.faces]
    scale = (asset.width, asset.height, asset.width, asset.height)
    return [[round(part * side) for part, side in zip(face.box, scale, strict=True)] for face in asset.faces]


def coordinates(asset: Asset) -> dict[str, Any]:
    """Return boxes that clients gave."""
    publication = asset.publication
    known = {"faces": publication.faces, "custom": publication.custom or None}
    return {name: [list(box) for box in boxes] for name, boxes in known.items() if boxes}


def colors(asset: Asset) -> dict[str, Any]:
    """Return the predominant colours, by value and by name, with their percentage."""
    found_colors = asset.facts.colors
    named = [[_COLOUR_NAMES.get(c.name, c.name), round(c.share * 100, 1)] for c in found_colors]
    return {
        "colors": [[c.hex.upper(), round(c.share * 100, 1)] for c in found_colors],
        "predominant": {"google": named, "cloudinary": named},
        "grayscale": asset.facts.grayscale,
        "semi_transparent": asset.facts.transparent,
        "illustration_score": asset.facts.illustration,
    }


def quality(asset: Asset) -> dict[str, Any]:
    """Return how the picture looks, each 0 to 1: focus is its sharpness, colour its exposure."""
    known = asset.facts.quality
    if known is None:
        return {}
    return {
        "focus": float(known.sharpness),
        "color_score": float(known.exposure),
        "pixel_score": float(known.sharpness),
        "contrast": float(known.contrast),
        "lighting": float(known.brightness),
        "quality_score": float(_QUALITY(asset)),
    }


def accessibility(asset: Asset) -> dict[str, Any]:
    """Return how well colour-blind people can tell the colours apart, and which two least."""
    known = asset.facts.distinct
    if known is None:
        return {}
    analysis: dict[str, Any] = {"distinct_colors": known.score}
    if known.pair is not None:
        analysis["most_indistinct_pair"] = [colour.upper() for colour in known.pair]
    return {"colorblind_accessibility_analysis": analysis, "colorblind_accessibility_score": known.score}


def embedded(asset: Asset) -> dict[str, str]:
    """Return the tags written into the file, by their names without the group."""
    found_tags: dict[str, str] = {}
    for name, value in asset.facts.tags.items():
        found_tags.setdefault(name.rpartition(":")[2], str(value))
    return found_tags


def analysis(asset: Asset) -> dict[str, Any]:
    """Return what was seen in the picture."""
    return {
        "face_count": len(faces(asset)),
        "faces": faces(asset),
        "grayscale": asset.facts.grayscale,
        "illustration_score": asset.facts.illustration,
        "transparent": asset.facts.transparent,
        "etag": asset.facts.md5,
        "colors": {_COLOUR_NAMES.get(c.name, c.name): round(c.share * 100, 1) for c in asset.facts.colors},
    }


def asked(asset: Asset, flags: Collection[str]) -> dict[str, Any]:
    """Return what uploads and details only show when they are asked to."""
    shown: dict[str, Any] = {}
    if "faces" in flags:
        shown["faces"] = faces(asset)
    if "coordinates" in flags:
        shown["coordinates"] = coordinates(asset)
    if "colors" in flags:
        shown |= colors(asset)
    if "phash" in flags:
        shown["phash"] = asset.facts.phash
    if {"image_metadata", "media_metadata", "exif"} & set(flags):
        shown["image_metadata"] = embedded(asset)
    if "quality_analysis" in flags:
        shown["quality_analysis"] = quality(asset)
    if "accessibility_analysis" in flags:
        shown["accessibility_analysis"] = accessibility(asset)
    return shown


def last_updated(asset: Asset, spell: Any) -> dict[str, str]:
    """Return when an asset, and parts of what is said of it, last changed."""
    parts = {f"{part}_updated_at": spell(moment) for part, moment in asset.publication.changed.items()}
    return {**parts, "updated_at": spell(asset.updated)}


def _extra(cloud: Cloud, asset: Asset, name: str) -> Any:
    match name:
        case "tags":
            return list(asset.tags)
        case "context":
            return context_of(asset, cloud.fields)
        case "metadata":
            return metadata_of(asset, cloud.fields)
        case "image_metadata":
            return embedded(asset)
        case "image_analysis":
            return analysis(asset)
        case "accessibility_analysis":
            return accessibility(asset)
    return quality(asset)


def _place(cloud: Cloud, asset: Asset) -> dict[str, Any]:
    """Where people find an asset: its folder and, unless that is its public id, the name that it is shown by."""
    if cloud.fixed_folders:
        return {"folder": asset.folder}
    return {"asset_folder": asset.folder, "display_name": _DISPLAY_NAME(asset)}


def _size(asset: Asset) -> dict[str, Any]:
    sized = bool(asset.width and asset.height)
    size = {
        "width": asset.width if sized else None,
        "height": asset.height if sized else None,
        "pixels": asset.width * asset.height if sized else None,
        "aspect_ratio": round(asset.width / asset.height, 5) if sized else None,
        "pages": asset.facts.frames,
    }
    return size | _length(asset)


def _length(asset: Asset) -> dict[str, Any]:
    """Return how long a video is, and how much of it comes in a second; empty for anything else."""
    known = asset.facts.video
    whole = {
        "duration": asset.duration,
        "bit_rate": known and known.bit_rate,
        "frame_rate": known and known.frame_rate,
    }
    return {name: value for name, value in whole.items() if value is not None}


def _video(cloud: Cloud, asset: Asset) -> dict[str, Any]:
    """Return how long a video is, how it is coded and where it is played; empty for anything else."""
    known = asset.facts.video
    if known is None:
        return _length(asset)
    return {
        **_length(asset),
        "nb_frames": asset.facts.frames,
        "rotation": _TURNS.get(asset.facts.orientation, 0),
        "playback_url": url(cloud, asset),
        "is_audio": known.codec is None,
        "video": {"codec": known.codec, "pix_format": asset.facts.mode or None} if known.codec else {},
        "audio": {"codec": known.audio} if known.audio else {},
    }


def _by(asset: Asset) -> dict[str, Any]:
    hint = asset.publication.uploaded_by
    return {"created_by": {"access_key": hint}, "uploaded_by": {"access_key": hint}} if hint else {}


def _moderation(asset: Asset) -> dict[str, Any]:
    publication = asset.publication
    if publication.moderation_kind is None:
        return {}
    return {"moderation_kind": publication.moderation_kind, "moderation_status": publication.moderation_status}


def _format(asset: Asset) -> str | None:
    return None if asset.kind is Kind.RAW else asset.format


def _offset(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
