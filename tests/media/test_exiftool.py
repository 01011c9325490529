"""What is read out of real photos against what `exiftool` reads out of them, file by file and fact by fact."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from fototeca.errors import UnsupportedMedia
from fototeca.media import Media, read
from fototeca.media.metadata.moments import moment

Told = dict[str, Any]


def first(told: Told, *names: str) -> Any:
    """The first of the named tags that has a value."""
    return next((told[name] for name in names if told.get(name) not in (None, "", "undef", "inf")), None)


def text(*names: str) -> Callable[[Told], str | None]:
    def expect(told: Told) -> str | None:
        value = first(told, *names)
        value = value[0] if isinstance(value, list) else value
        return str(value).strip() or None if value is not None else None

    return expect


def measure(*names: str) -> Callable[[Told], float | None]:
    """A measure that is zero is one that the camera did not know."""

    def expect(told: Told) -> float | None:
        value = first(told, *names)
        value = float(str(value).split()[0]) if value is not None else 0.0
        return value if value > 0 else None

    return expect


def altitude(told: Told) -> float | None:
    """Without a word on which side of the sea it is, a height is above it, though exiftool then makes none of it."""
    value = first(told, "Composite:GPSAltitude", "EXIF:GPSAltitude")
    return float(value) if value is not None and position("Latitude")(told) is not None else None


def bias(told: Told) -> float | None:
    value = first(told, "EXIF:ExposureCompensation")
    return None if value is None else float(value)


def date(value: str, fraction: str, offset: str) -> Callable[[Told], datetime | None]:
    def expect(told: Told) -> datetime | None:
        parts = (str(told.get(name, "")) for name in (fraction, offset))
        return moment(str(told.get(value, "")), *parts)

    return expect


def position(axis: str) -> Callable[[Told], float | None]:
    def expect(told: Told) -> float | None:
        both = [told.get(f"Composite:GPS{name}") or None for name in ("Latitude", "Longitude")]
        known = all(value is not None for value in both) and any(float(str(value)) for value in both)
        return float(told[f"Composite:GPS{axis}"]) if known else None

    return expect


def keywords(told: Told) -> list[str]:
    given: list[Any] = []
    for name in ("XMP:Subject", "IPTC:Keywords"):
        value = told.get(name, [])
        given += value if isinstance(value, list) else [value]
    given += str(told.get("EXIF:XPKeywords", "")).split(";")
    return sorted({str(word).strip() for word in given} - {""})


FACTS: dict[str, tuple[Callable[[Told], Any], Callable[[Media], Any]]] = {
    "make": (text("EXIF:Make", "XMP:Make"), lambda m: m.facts.camera.make),
    "model": (text("EXIF:Model", "XMP:Model"), lambda m: m.facts.camera.model),
    "lens": (text("EXIF:LensModel", "XMP:LensModel", "XMP:Lens"), lambda m: m.facts.camera.lens),
    "software": (text("EXIF:Software", "XMP:CreatorTool"), lambda m: m.facts.camera.software),
    "exposure time": (measure("EXIF:ExposureTime", "XMP:ExposureTime"), lambda m: m.facts.camera.exposure_time),
    "f-number": (measure("EXIF:FNumber", "XMP:FNumber"), lambda m: m.facts.camera.f_number),
    "iso": (measure("EXIF:ISO", "XMP:ISO"), lambda m: m.facts.camera.iso),
    "focal length": (measure("EXIF:FocalLength", "XMP:FocalLength"), lambda m: m.facts.camera.focal_length),
    "35 mm": (
        measure("EXIF:FocalLengthIn35mmFormat", "XMP:FocalLengthIn35mmFormat"),
        lambda m: m.facts.camera.focal_length_35mm,
    ),
    "bias": (bias, lambda m: m.facts.camera.exposure_bias),
    "flash": (
        lambda t: bool(t["EXIF:Flash"] & 1) if "EXIF:Flash" in t else t.get("XMP:FlashFired"),
        lambda m: m.facts.camera.flash,
    ),
    "latitude": (position("Latitude"), lambda m: m.facts.gps and m.facts.gps.latitude),
    "longitude": (position("Longitude"), lambda m: m.facts.gps and m.facts.gps.longitude),
    "altitude": (altitude, lambda m: m.facts.gps and m.facts.gps.altitude),
    "original": (
        date("EXIF:DateTimeOriginal", "EXIF:SubSecTimeOriginal", "EXIF:OffsetTimeOriginal"),
        lambda m: m.facts.taken and (m.facts.taken if "EXIF:DateTimeOriginal" in m.facts.tags else None),
    ),
    "digitized": (
        date("EXIF:CreateDate", "EXIF:SubSecTimeDigitized", "EXIF:OffsetTimeDigitized"),
        lambda m: m.facts.digitized if "EXIF:DateTimeDigitized" in m.facts.tags else None,
    ),
    "modified": (
        date("EXIF:ModifyDate", "EXIF:SubSecTime", "EXIF:OffsetTime"),
        lambda m: m.facts.modified if "EXIF:DateTime" in m.facts.tags else None,
    ),
    "title": (text("XMP:Title", "IPTC:ObjectName", "IPTC:Headline", "EXIF:XPTitle"), lambda m: m.facts.title),
    "description": (
        text("XMP:Description", "IPTC:Caption-Abstract", "EXIF:ImageDescription", "EXIF:UserComment"),
        lambda m: m.facts.description,
    ),
    "artist": (text("XMP:Creator", "IPTC:By-line", "EXIF:Artist"), lambda m: m.facts.artist),
    "copyright": (text("XMP:Rights", "IPTC:CopyrightNotice", "EXIF:Copyright"), lambda m: m.facts.copyright),
    "rating": (lambda t: first(t, "XMP:Rating", "EXIF:Rating"), lambda m: m.facts.rating),
    "keywords": (keywords, lambda m: sorted(m.facts.keywords)),
    "width": (
        lambda t: (
            t["File:ImageHeight" if t.get("EXIF:Orientation", 1) > 4 else "File:ImageWidth"]
            if "File:ImageWidth" in t and t["File:FileType"] == "JPEG"
            else None
        ),
        lambda m: m.width if m.format == "jpg" else None,
    ),
}


def same(expected: Any, found: Any) -> bool:
    if isinstance(expected, float) and isinstance(found, int | float):
        return math.isclose(expected, found, rel_tol=1e-6, abs_tol=1e-6)
    if isinstance(expected, datetime) and isinstance(found, datetime) and expected.tzinfo is None:
        return expected == found.replace(tzinfo=None)
    return bool(expected == found)


@pytest.mark.parametrize("folder", ["exif-samples", "phones"])
def test_facts_agree_with_exiftool(shared: Path, folder: str) -> None:
    program = shutil.which("exiftool")
    if not program:
        pytest.skip("needs exiftool (Debian: libimage-exiftool-perl)")
    root = shared / "photos" / folder
    command = [program, "-j", "-n", "-G", "-r", "-charset", "filename=utf8", "-x", "MakerNotes:all", str(root)]
    answers = json.loads(subprocess.run(command, capture_output=True, check=False).stdout, parse_float=str)
    differences = []
    files = values = 0
    for told in answers:
        path = Path(told["SourceFile"])
        try:
            media = read(path, filename=path.name)
        except UnsupportedMedia:
            continue
        files += 1
        for fact, (expect, find) in FACTS.items():
            expected, found = expect(told), find(media)
            values += expected not in (None, [])
            if not same(expected, found):
                differences.append(f"{path.name}: {fact}: exiftool {expected!r}, here {found!r}")
    assert (files, values) == {"exif-samples": (101, 875), "phones": (31, 233)}[folder]
    assert not differences, f"{len(differences)} differences\n" + "\n".join(differences)
