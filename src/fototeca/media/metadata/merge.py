"""The three kinds of metadata as one set of facts.

Where several say the same, a text is taken from XMP before IPTC before EXIF, because people write into the first two
and cameras fill EXIF with names of themselves; a measure is taken from EXIF, because the camera wrote it, before XMP.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from fototeca.assets import Camera, Facts, Gps
from fototeca.media.metadata import iptc as iptc_
from fototeca.media.metadata import xmp as xmp_
from fototeca.media.metadata.exif import Exif, parse, user_comment, windows_text
from fototeca.media.metadata.iptc import Records
from fototeca.media.metadata.moments import moments
from fototeca.media.metadata.values import MAX_LIST, MAX_TAGS, Tags, decoded, fit, number, text
from fototeca.media.metadata.xmp import Properties

_BLANK_KEYWORDS = frozenset({"", "null"})


class Described(NamedTuple):
    """What metadata tell.

    Attributes:
        facts: Camera, position, texts, times and tags; all else at its default.
        orientation: EXIF's, 1 to 8; 1 where there is none or it is nonsense.
    """

    facts: Facts
    orientation: int


def describe(info: Mapping[Any, Any], tiff: bytes | None = None) -> Described:
    """Read the metadata blocks of a picture.

    Args:
        info: What Pillow found beside the pixels: "exif", "xmp", "photoshop" and so on.
        tiff: The whole file, if it is a TIFF, whose own directories are its EXIF.
    """
    exif = parse(
        tiff if tiff is not None else _bytes(info.get("exif")) or _raw_profile(info.get("Raw profile type exif"))
    )
    xmp = xmp_.parse(_bytes(info.get("xmp")) or _bytes(exif.image.get(0x02BC)))
    iptc = iptc_.parse(_iptc(info, exif))
    orientation = exif.image.get(0x0112, 1)
    facts = Facts(
        camera=_camera(exif, xmp),
        gps=_gps(exif, xmp),
        title=_title(exif, iptc, xmp),
        description=_first(
            xmp.get("dc:description"), iptc.get("Caption-Abstract"), exif.image.get(0x010E),
            user_comment(_bytes(exif.photo.get(0x9286))),
        ),
        keywords=_keywords(exif, iptc, xmp),
        artist=_first(xmp.get("dc:creator"), iptc.get("By-line"), exif.image.get(0x013B)),
        copyright=_first(xmp.get("dc:rights"), iptc.get("CopyrightNotice"), exif.image.get(0x8298)),
        rating=_rating(xmp.get("xmp:Rating"), exif.image.get(0x4746)),
        **moments(exif, iptc, xmp)._asdict(),
        tags=_tags(exif, iptc, xmp, info),
    )  # fmt: skip
    return Described(facts, orientation if orientation in range(1, 9) else 1)


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return bytes(value) if isinstance(value, bytes | bytearray) else b""


def _iptc(info: Mapping[Any, Any], exif: Exif) -> bytes:
    resources = info.get("photoshop")
    if isinstance(resources, dict) and isinstance(resources.get(1028), bytes):
        return bytes(resources[1028])
    return iptc_.from_photoshop(_bytes(exif.image.get(0x8649))) or _bytes(exif.image.get(0x83BB))


def _raw_profile(value: object) -> bytes:
    """EXIF as older programs put it into PNG: a name, a length and hex digits, on lines of their own."""
    try:
        return bytes.fromhex("".join(value.split("\n")[3:])) if isinstance(value, str) else b""
    except ValueError:
        return b""


def _first(*candidates: object) -> str | None:
    """The first text that says anything; of a list, its first."""
    for candidate in candidates:
        one = candidate[0] if isinstance(candidate, list) and candidate else candidate
        if isinstance(one, str) and (found := text(one)):
            return found
    return None


def _measure(*candidates: object) -> float | None:
    """The first finite number above zero: cameras write zero where they do not know."""
    return next((found for found in map(number, candidates) if found and found > 0), None)


def _camera(exif: Exif, xmp: Properties) -> Camera:
    image, photo = exif.image, exif.photo
    iso = _measure(photo.get(0x8827), photo.get(0x8833), xmp.get("exif:ISOSpeedRatings"))
    flash = number(photo.get(0x9209))
    bias = number(photo.get(0x9204))
    return Camera(
        make=_first(image.get(0x010F), xmp.get("tiff:Make")),
        model=_first(image.get(0x0110), xmp.get("tiff:Model")),
        lens=_first(photo.get(0xA434), xmp.get("exifEX:LensModel"), xmp.get("aux:Lens")),
        software=_first(image.get(0x0131), xmp.get("xmp:CreatorTool")),
        exposure_time=_measure(photo.get(0x829A), xmp.get("exif:ExposureTime")),
        f_number=_measure(photo.get(0x829D), xmp.get("exif:FNumber")),
        iso=round(iso) if iso else None,
        focal_length=_measure(photo.get(0x920A), xmp.get("exif:FocalLength")),
        focal_length_35mm=_measure(photo.get(0xA405), xmp.get("exif:FocalLengthIn35mmFilm")),
        exposure_bias=bias if bias is not None else number(xmp.get("exif:ExposureBiasValue")),
        flash=bool(int(flash) & 1) if flash is not None else _truth(xmp.get("exif:FlashFired")),
    )


def _truth(values: list[str] | None) -> bool | None:
    return {"true": True, "false": False}.get(values[0].lower()) if values else None


def _gps(exif: Exif, xmp: Properties) -> Gps | None:
    gps = exif.gps
    latitude = _degrees(gps.get(2), gps.get(1), 90)
    longitude = _degrees(gps.get(4), gps.get(3), 180)
    altitude = number(gps.get(6))
    if altitude is not None and gps.get(5) in {1, b"\1"}:
        altitude = -altitude
    if latitude is None or longitude is None:
        latitude = _xmp_degrees(xmp.get("exif:GPSLatitude"), 90)
        longitude = _xmp_degrees(xmp.get("exif:GPSLongitude"), 180)
        altitude = number(xmp.get("exif:GPSAltitude"))
        if altitude is not None and xmp.get("exif:GPSAltitudeRef") == ["1"]:
            altitude = -altitude
    # Receivers without a fix write zeros; nobody photographs that spot in the Gulf of Guinea.
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None
    return Gps(latitude=latitude, longitude=longitude, altitude=altitude)


def _degrees(parts: object, reference: object, limit: int) -> float | None:
    """Signed degrees of a triple of degrees, minutes and seconds, of which the latter may be missing."""
    values = parts if isinstance(parts, tuple) else (parts,)
    side = reference[:1].upper() if isinstance(reference, str) else ""
    if side not in {"N", "S", "E", "W"} or number(values[0]) is None:
        return None
    degrees = sum((number(value) or 0.0) / 60**power for power, value in enumerate(values[:3]))
    return round(-degrees if side in {"S", "W"} else degrees, 9) if 0 <= degrees <= limit else None


def _xmp_degrees(values: list[str] | None, limit: int) -> float | None:
    """Degrees of a text such as "48,12.5N" or "48,12,30N" (XMP specification part 2, GPSCoordinate)."""
    return _degrees(tuple(map(number, values[0][:-1].split(","))), values[0][-1], limit) if values else None


def _title(exif: Exif, iptc: Records, xmp: Properties) -> str | None:
    return _first(
        xmp.get("dc:title"), iptc.get("ObjectName"), iptc.get("Headline"), windows_text(exif.image.get(0x9C9B))
    )


def _keywords(exif: Exif, iptc: Records, xmp: Properties) -> tuple[str, ...]:
    """All keywords that anyone gave, each once, in order of appearance."""
    windows = (windows_text(exif.image.get(0x9C9E)) or "").split(";")
    given: Iterable[str] = (*xmp.get("dc:subject", ()), *iptc.get("Keywords", ()), *windows)
    found = dict.fromkeys(word for word in map(text, given) if word and word.lower() not in _BLANK_KEYWORDS)
    return tuple(found)[:MAX_LIST]


def _rating(*candidates: object) -> int | None:
    """Stars; a negative rating means rejected, which is no number of stars."""
    for candidate in candidates:
        stars = number(candidate)
        if stars is not None and 0 <= stars <= 5:
            return round(stars)
    return None


def _tags(exif: Exif, iptc: Records, xmp: Properties, info: Mapping[Any, Any]) -> Tags:
    found = exif.tags() | iptc_.tags(iptc) | xmp_.tags(xmp)
    comment = info.get("comment")
    texts = {"File:Comment": decoded(comment) if isinstance(comment, bytes) else comment}
    # PNG keeps texts under names of the writer's choice, here the ones of the standard.
    names = (
        "Title",
        "Author",
        "Description",
        "Copyright",
        "Creation Time",
        "Software",
        "Disclaimer",
        "Source",
        "Comment",
    )
    texts |= {f"PNG:{name}": info[name] for name in names if isinstance(info.get(name), str)}
    found |= {name: value for name, raw in texts.items() if (value := fit(raw)) is not None}
    return dict(list(found.items())[:MAX_TAGS])
