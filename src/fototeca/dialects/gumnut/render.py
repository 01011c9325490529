"""From records to Gumnut's JSON: the union of what every release of its clients requires."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fototeca.assets import Asset, Face, Gps, Person, Place, Version
from fototeca.dialects.gumnut import chains, identifiers, links
from fototeca.dialects.gumnut.query import STACK
from fototeca.http import Caller
from fototeca.query import fields

FILE_MODIFIED = "file_modified_at"
"""Key of the fact by which a client tells when the file last changed, in ISO 8601."""
_SWAPPED = frozenset({5, 6, 7, 8})
"""EXIF orientations that turn a picture on its side."""
_RATINGS = range(6)

Json = dict[str, Any]


def utc(moment: datetime | None) -> str | None:
    """Return a time of the catalogue as RFC 3339."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def wall(moment: datetime | None) -> str | None:
    """Return a time of the camera's clock: with its offset where that is known, else without."""
    return None if moment is None else moment.isoformat()


def moment_of(asset: Asset) -> datetime:
    """Return what `local_datetime` says: when it was captured, or the best that is known."""
    moment: datetime = fields.field("moment").value(asset)
    return moment


def asset_id(asset: Asset) -> str:
    """Return the id of an asset."""
    return identifiers.encode(identifiers.ASSET, asset.uuid)


def base64_of(digest: str) -> str:
    """Return a digest in hex as Gumnut spells it."""
    return base64.b64encode(bytes.fromhex(digest)).decode()


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders assets for one caller.

    Attributes:
        include: Names of the heavy parts that were asked for; `None` means all of them.
    """

    caller: Caller
    include: Collection[str] | None = None

    def assets(self, assets: Sequence[Asset]) -> list[Json]:
        """Render assets, with the people in them and what they were edited from looked up together."""
        people: dict[int, Person] = {}
        if self._wants("people") or self._wants("faces"):
            people = people_of(self.caller, (face for asset in assets for face in asset.faces))
        edited = chains.chains(self.caller.library, [asset for asset in assets if asset.version > 1])
        return [self._asset(asset, people, edited.get(asset.id, [])) for asset in assets]

    def asset(self, asset: Asset) -> Json:
        """Render one asset."""
        return self.assets([asset])[0]

    def _wants(self, part: str) -> bool:
        return self.include is None or part in self.include

    def _asset(self, asset: Asset, people: dict[int, Person], chain: Sequence[Version]) -> Json:
        upload = chain[0] if len(chain) > 1 else None
        urls = links.of_asset(self.caller, asset, every=self._wants("variants"))
        file = file_data(asset, upload)
        small = urls.get("thumbnail") or urls.get("thumbnail_image") or {}
        said = metadata(asset) if self._wants("metadata") else None
        stack = asset.metadata.get(STACK)
        return {
            "id": asset_id(asset),
            "created_at": utc(asset.created),
            "updated_at": utc(asset.updated),
            "local_datetime": wall(moment_of(asset)),
            "mime_type": asset.mime,
            "original_file_name": asset.filename,
            **file,
            "file_size_bytes": asset.bytes,
            "width": asset.width or None,
            "height": asset.height or None,
            "kind": chains.ORIGINAL if upload is None else chains.said(self.caller.library, chain[-1])[0],
            "current_version_id": chains.version_id(asset, asset.version, asset.sha256),
            "description": None,
            "duration": asset.duration,
            "thumbhash": asset.facts.thumbhash,
            "quality_score": None,
            "stack_id": identifiers.encode(identifiers.STACK, stack) if isinstance(stack, str) else None,
            "trashed_at": utc(asset.trashed),
            "asset_urls": urls,
            "download_url": urls["original"]["url"] if "original" in urls else None,
            "thumbnail_url": small.get("url"),
            "metadata": said,
            "exif": None if said is None else {**said, "profile_description": asset.facts.profile},
            "metrics": {} if self._wants("metrics") else None,
            "faces": [face(self.caller, each, asset, people) for each in asset.faces] if self._wants("faces") else None,
            "people": _distinct(asset, people) if self._wants("people") else None,
            "file_data": file if self._wants("file_data") else None,
        }


def file_data(asset: Asset, upload: Version | None = None) -> Json:
    """Say what came as the upload, also of an asset that was edited since (then `upload` is its first version)."""
    sha256, size = (asset.sha256, asset.bytes) if upload is None else (upload.sha256, upload.bytes)
    sha1 = asset.facts.sha1 if upload is None else ""
    return {
        "checksum": base64_of(sha256),
        "checksum_sha1": base64_of(sha1) if sha1 else None,
        "device_asset_id": asset.device_asset_id or asset.filename,
        "device_id": asset.device or "",
        "file_created_at": asset.metadata.get(fields.FILE_CREATED) or utc(asset.created),
        "file_modified_at": asset.metadata.get(FILE_MODIFIED) or utc(asset.created),
        "file_size_bytes": size,
    }


def metadata(asset: Asset) -> Json:
    """Render what the file or a person says of the capture; a person's word counts more."""
    facts, camera = asset.facts, asset.facts.camera
    sides = (asset.width, asset.height)
    raw = sides[::-1] if facts.orientation in _SWAPPED else sides
    place = facts.place or Place()
    stars = facts.rating if asset.rating is None else asset.rating
    return {
        "asset_id": asset_id(asset),
        "created_at": utc(asset.created),
        "updated_at": utc(asset.updated),
        "make": camera.make,
        "model": camera.model,
        "lens_model": camera.lens,
        "orientation": facts.orientation,
        "f_number": camera.f_number,
        "focal_length": camera.focal_length,
        "exposure_time": camera.exposure_time,
        "exposure_bias": camera.exposure_bias,
        "fps": None,
        "iso": camera.iso,
        "original_datetime": wall(asset.taken),
        "digitized_datetime": wall(facts.digitized),
        "modified_datetime": wall(facts.modified),
        **_position(facts.gps),
        "city": place.city,
        "state": place.state,
        "country": place.country,
        "country_code": place.country_code,
        "sublocation": None,
        "place_name": None,
        "timezone": None,
        "display_label": _label(place),
        "description": facts.description if asset.description is None else asset.description,
        "live_photo_cid": None,
        "projection_type": None,
        "auto_stack_id": None,
        "rating": stars if stars in _RATINGS else 0,
        "raw_width": raw[0] or None,
        "raw_height": raw[1] or None,
    }


def people_of(caller: Caller, faces: Iterable[Face]) -> dict[int, Person]:
    """Return the people whose faces these are, by their numbers."""
    ids = sorted({face.person_id for face in faces if face.person_id is not None})
    return {each.id: each for each in caller.library.people.load(ids)} if ids else {}


def face(caller: Caller, face: Face, asset: Asset, people: Mapping[int, Person], **more: Any) -> Json:
    """Render a face of an asset; its box is in pixels of the picture as displayed."""
    x, y, width, height = face.box
    urls = links.of_face(caller, asset.uuid, face)
    whose = people.get(face.person_id or 0)
    return {
        "id": identifiers.encode(identifiers.FACE, face.uuid),
        "asset_id": asset_id(asset),
        "bounding_box": {
            "x": round(x * asset.width),
            "y": round(y * asset.height),
            "w": round(width * asset.width),
            "h": round(height * asset.height),
        },
        "created_at": utc(face.created or asset.created),
        "updated_at": utc(face.updated or face.created or asset.updated),
        "source": "manual" if face.source is None else "automatic",
        "person_id": None if whose is None else identifiers.encode(identifiers.PERSON, whose.uuid),
        "timestamp_ms": None,
        "confidence": None if face.source is None else face.score,
        "asset_urls": urls,
        "thumbnail_url": urls["thumbnail"]["url"],
        "cluster_assignment": None,
        **more,
    }


def person(each: Person, urls: Json | None = None, cover: str | None = None, **more: Any) -> Json:
    """Render a person; `cover` is the UUID of the face that stands for them, `urls` lead to its picture."""
    return {
        "id": identifiers.encode(identifiers.PERSON, each.uuid),
        "created_at": utc(each.created),
        "updated_at": utc(each.updated),
        "is_favorite": each.favorite,
        "is_hidden": each.hidden,
        "name": each.name,
        "birth_date": each.birth_date,
        "asset_count": each.count,
        "thumbnail_face_id": None if cover is None else identifiers.encode(identifiers.FACE, cover),
        "asset_urls": urls,
        "thumbnail_face_url": None if urls is None else urls["thumbnail"]["url"],
        "cluster_metrics": None,
        **more,
    }


def _distinct(asset: Asset, people: Mapping[int, Person]) -> list[Json]:
    ids = dict.fromkeys(face.person_id for face in asset.faces if face.person_id is not None)
    return [person(people[id_]) for id_ in ids if id_ in people]


def _position(gps: Gps | None) -> Json:
    return {
        "latitude": None if gps is None else gps.latitude,
        "longitude": None if gps is None else gps.longitude,
        "altitude": None if gps is None else gps.altitude,
    }


def _label(place: Place) -> str | None:
    """Name a place by the most specific name and what it lies in, without saying anything twice."""
    names: Iterable[str | None] = (place.city, place.state or place.country) if place.city else (place.country,)
    return ", ".join(dict.fromkeys(name for name in names if name)) or None
