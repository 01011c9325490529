"""What a video's container tells beside picture and sound: titles, camera, position and time.

Names of tags are those that exiftool gives them, in its groups, such as "QuickTime:CreationDate".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from fototeca.assets import Camera, Facts, Gps
from fototeca.media.metadata.moments import moment
from fototeca.media.metadata.values import MAX_LIST, MAX_TAGS, Tags, fit, text

_GROUPS = {"mov": "QuickTime", "matroska": "Matroska", "avi": "RIFF", "mpegts": "M2TS"}

_NAMES = {
    "creation_time": "CreateDate",
    "creationdate": "CreationDate",
    "location.iso6709": "GPSCoordinates",
    "location": "GPSCoordinates",
    "location-eng": "GPSCoordinates",
    "location.accuracy.horizontal": "LocationAccuracyHorizontal",
    "date": "ContentCreateDate",
    "version": "AndroidVersion",
    "capture.fps": "AndroidCaptureFPS",
    "camera.lens_model": "CameraLensModel",
}
_TIMES = ("creationdate", "date", "creation_time")
_PLACES = ("location.iso6709", "location")
_PREFIXES = ("com.apple.quicktime.", "com.android.")
_UNTOLD = frozenset({"handler_name", "vendor_id", "language"})

# ISO 6709:2008, annex H: latitude, longitude and perhaps altitude, each with its sign, degrees with two or three
# digits, and minutes and seconds behind them where there are more digits.
_ISO_6709 = re.compile(r"([+-])(\d{2,6}(?:\.\d+)?)([+-])(\d{3,7}(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?.*", re.DOTALL)

# exiftool writes a time's date with colons, and without fraction or Z.
_DATE = re.compile(r"^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|([+-]\d\d:?\d\d))?$")

# Zero of the clocks that containers use; who writes it does not know the time.
_ZEROS = frozenset({1904, 1970})


def describe_container(metadata: Mapping[str, str], demuxer: str, codes: Mapping[str, str]) -> Facts:
    """Facts from a container's metadata; all else at its default.

    When it was taken is the first of: Apple's creation date, which is on the camera's clock with its offset; a date
    with a time of day; the time that the container was made, in UTC, which of a camera's file is the same moment.

    Args:
        metadata: By FFmpeg's names.
        demuxer: FFmpeg's reader of the container.
        codes: Further tags by exiftool's names.
    """
    told = {_key(name): value for name, value in metadata.items()}

    def first(*names: str) -> str | None:
        return next((found for name in names if (found := text(told.get(name, "")))), None)

    keywords = re.split(r"[,;]", told.get("keywords", ""))
    return Facts(
        camera=Camera(
            make=first("make", "manufacturer"),
            model=first("model"),
            lens=first("camera.lens_model"),
            software=first("software", "encoder"),
        ),
        gps=next(filter(None, (position(told.get(name, "")) for name in _PLACES)), None),
        title=first("title"),
        description=first("description", "comment"),
        keywords=tuple(dict.fromkeys(word for word in map(text, keywords) if word))[:MAX_LIST],
        artist=first("artist", "author"),
        copyright=first("copyright"),
        taken=next(filter(None, (_time(told.get(name, "")) for name in _TIMES)), None),
        tags=_tags(metadata, _GROUPS[demuxer], codes),
    )


def position(value: str) -> Gps | None:
    """A position as ISO 6709 writes it, such as "+48.2082+016.3738+151.000/"; `None` if it is none."""
    found = _ISO_6709.fullmatch(value)
    if not found:
        return None
    latitude = _degrees(found[1], found[2], 2)
    longitude = _degrees(found[3], found[4], 3)
    # Phones without a fix write zeros; nobody films that spot in the Gulf of Guinea.
    if abs(latitude) > 90 or abs(longitude) > 180 or latitude == longitude == 0:
        return None
    return Gps(latitude=latitude, longitude=longitude, altitude=float(found[5]) if found[5] else None)


def _degrees(sign: str, digits: str, width: int) -> float:
    whole, point, fraction = digits.partition(".")
    parts = [whole[:width], *(whole[at : at + 2] for at in range(width, len(whole), 2))]
    parts[-1] += point + fraction
    degrees: float = sum(float(part) / 60.0**power for power, part in enumerate(parts))
    return round(-degrees if sign == "-" else degrees, 9)


def _key(name: str) -> str:
    name = name.lower()
    return next((name.removeprefix(prefix) for prefix in _PREFIXES if name.startswith(prefix)), name)


def _time(value: str) -> datetime | None:
    found = moment(value) if ":" in value else None
    return None if found is None or found.year in _ZEROS else found


def _tags(metadata: Mapping[str, str], group: str, codes: Mapping[str, str]) -> Tags:
    found: Tags = {}
    for name, raw in metadata.items():
        key = _key(name)
        value = fit(_DATE.sub(r"\1:\2:\3 \4\5", raw))
        if key in _UNTOLD or value is None:
            continue
        named = _NAMES.get(key) or "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", key))
        found.setdefault(f"{group}:{named}", value)
    found |= {f"{group}:{name}": code for name, code in codes.items()}
    return dict(list(found.items())[:MAX_TAGS])
