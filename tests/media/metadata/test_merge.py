"""Three kinds of metadata become one set of facts."""

from __future__ import annotations

import io
import json
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational as R

from fototeca.media import read
from fototeca.media.metadata import describe
from tests.media.metadata.test_iptc import dataset
from tests.media.metadata.test_moments import local
from tests.media.metadata.test_xmp import packet


def exif_of(photo: dict[int, Any] | None = None, gps: dict[int, Any] | None = None, **image: Any) -> bytes:
    exif = Image.Exif()
    for name, value in image.items():
        exif[int(name[1:], 16)] = value
    exif.get_ifd(0x8769).update(photo or {})
    exif.get_ifd(0x8825).update(gps or {})
    return exif.tobytes()


def test_texts_people_write_come_before_what_cameras_write() -> None:
    xmp = packet("<dc:description><rdf:Alt><rdf:li>by XMP</rdf:li></rdf:Alt></dc:description>")
    iptc = {1028: dataset(120, b"by IPTC")}
    exif = exif_of(x010E="by EXIF")
    assert describe({"exif": exif, "photoshop": iptc, "xmp": xmp}).facts.description == "by XMP"
    assert describe({"exif": exif, "photoshop": iptc}).facts.description == "by IPTC"
    assert describe({"exif": exif}).facts.description == "by EXIF"
    assert describe({"exif": exif_of({0x9286: b"ASCII\0\0\0by comment"})}).facts.description == "by comment"


def test_measures_come_from_the_camera() -> None:
    photo = {0x829A: R(1, 60), 0x829D: R(28, 10), 0x8827: 400, 0x920A: R(50), 0x9204: R(-1, 3), 0x9209: 0x19}
    xmp = packet("<exif:FNumber>8/1</exif:FNumber><exif:FocalLengthIn35mmFilm>75</exif:FocalLengthIn35mmFilm>")
    camera = describe({"exif": exif_of(photo), "xmp": xmp}).facts.camera
    assert (camera.exposure_time, camera.f_number, camera.iso, camera.focal_length) == (1 / 60, 2.8, 400, 50)
    assert (camera.focal_length_35mm, camera.exposure_bias, camera.flash) == (75, -1 / 3, True)


def test_zero_is_what_cameras_write_for_unknown() -> None:
    camera = describe({"exif": exif_of({0x829D: R(0), 0x8827: 0, 0x9204: R(0), 0x9209: 0})}).facts.camera
    assert (camera.f_number, camera.iso, camera.exposure_bias, camera.flash) == (None, None, 0, False)


@pytest.mark.parametrize(
    ("gps", "expected"),
    [
        ({1: "N", 2: (48, 12, 30), 3: "E", 4: (16, 22, 12)}, (48.208333333, 16.37, None)),
        ({1: "S", 2: (33, 51, 0), 3: "W", 4: (70, 30, 0), 5: b"\1", 6: 12.5}, (-33.85, -70.5, -12.5)),
        ({1: "N", 2: (0, 0, 0), 3: "E", 4: (0, 0, 0)}, None),
        ({1: "N", 2: (95, 0, 0), 3: "E", 4: (16, 0, 0)}, None),
        ({2: (48, 12, 30), 4: (16, 22, 12)}, None),
        ({1: "N", 2: (48, 12, 30)}, None),
    ],
)
def test_position(gps: dict[int, Any], expected: tuple[float, float, float | None] | None) -> None:
    found = describe({"exif": exif_of(gps=gps)}).facts.gps
    assert (found and (found.latitude, found.longitude, found.altitude)) == expected


def test_position_in_xmp() -> None:
    xmp = packet("", 'exif:GPSLatitude="48,12.5N" exif:GPSLongitude="16,22,12W" exif:GPSAltitude="1250/10"')
    found = describe({"xmp": xmp}).facts.gps
    assert found
    assert (found.latitude, found.longitude, found.altitude) == (48.208333333, -16.37, 125)
    assert describe({"xmp": packet("", 'exif:GPSLatitude="north" exif:GPSLongitude="1,2"')}).facts.gps is None


def test_keywords_are_gathered_once_each() -> None:
    xmp = packet("<dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>sky</rdf:li></rdf:Bag></dc:subject>")
    words = tuple("sun;sea\0".encode("utf-16-le"))
    info = {"xmp": xmp, "photoshop": {1028: dataset(25, b"sky") + dataset(25, b"sand")}}
    found = describe(info, _tiff_with(0x9C9E, words))
    assert found.facts.keywords == ("sea", "sky", "sand", "sun")


def _tiff_with(tag: int, values: tuple[int, ...]) -> bytes:
    head = struct.pack("<4sIHHHIII", b"II*\0", 8, 1, tag, 1, len(values), 26, 0)
    return head + bytes(values)


@pytest.mark.parametrize(("rating", "expected"), [("3", 3), ("0", 0), ("-1", None), ("99", None), ("x", None)])
def test_rating(rating: str, expected: int | None) -> None:
    assert describe({"xmp": packet("", f'xmp:Rating="{rating}"')}).facts.rating == expected


@pytest.mark.parametrize(("value", "expected"), [(6, 6), (0, 1), (9, 1)])
def test_orientation(value: object, expected: int) -> None:
    assert describe({"exif": exif_of(x0112=value)}).orientation == expected


def test_png_keeps_exif_in_hex_and_texts_by_name() -> None:
    exif = exif_of(x010F="Maker")
    info = {"Raw profile type exif": f"\nexif\n{len(exif):8}\n{exif.hex()}\n", "Title": "A title", "Other": "x"}
    facts = describe(info).facts
    assert facts.camera.make == "Maker"
    assert facts.tags["PNG:Title"] == "A title"
    assert "PNG:Other" not in facts.tags


def test_tags_are_bounded() -> None:
    long = describe({"comment": b"x" * 100_000}).facts.tags["File:Comment"]
    assert len(long) == 4000
    many = packet("".join(f"<my:n{number}>x</my:n{number}>" for number in range(500)))
    assert len(describe({"xmp": many, "exif": exif_of(x010F="Maker")}).facts.tags) == 500


blocks = st.binary(max_size=200)


@given(st.fixed_dictionaries({}, optional={
    "exif": blocks, "xmp": blocks | st.text(max_size=50), "comment": blocks | st.integers(),
    "photoshop": st.dictionaries(st.just(1028), blocks) | blocks, "Raw profile type exif": st.text(max_size=50),
}), st.none() | blocks)  # fmt: skip
def test_nothing_in_a_file_makes_it_fail(info: dict[str, Any], tiff: bytes | None) -> None:
    json.dumps(describe(info, tiff).facts.tags, allow_nan=False)


# --- photos of phones, whose names say what is to be found --------------------------------------------------


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("date-priority-test.jpg", local(2023, 2, 2, 2)),
        ("datetimeoriginal-gps.jpg", local(2025, 12, 1, 11, 30)),
        ("gps-datetime.jpg", datetime(2023, 11, 15, 12, 30, tzinfo=UTC)),
        ("time-created.jpg", None),  # a time of day without a day
    ],
)
def test_dates_of_phones(shared: Path, name: str, taken: datetime | None) -> None:
    found = read(shared / "photos/phones/metadata/dates" / name, filename=name).facts.taken
    assert found == taken
    assert (found and found.tzinfo) == (taken and taken.tzinfo)


def test_place_rating_and_keywords_of_phones(shared: Path) -> None:
    folder = shared / "photos/phones/metadata"
    springs = read(folder / "gps-position/thompson-springs.jpg", filename="").facts
    assert springs.place
    assert (springs.place.state, springs.place.country_code) == ("Colorado", "US")
    assert "thompson springs" in springs.keywords
    assert read(folder / "gps-position/empty_gps.jpg", filename="").facts.gps is None
    assert read(folder / "rating/mongolels.jpg", filename="").facts.rating == 3
    assert read(folder / "tags/picasa.jpg", filename="").facts.keywords == ("Frost", "Yard")


def test_tiff_is_its_own_exif() -> None:
    target = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    Image.new("L", (5, 5)).save(target, "TIFF", exif=exif)
    assert read(target.getvalue(), filename="").facts.camera.make == "Maker"
