"""EXIF out of whole, odd and hostile structures."""

from __future__ import annotations

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from fototeca.media.metadata.exif import NOTHING, parse, user_comment, windows_text


def written(order: str, *entries: tuple[int, int, int, bytes]) -> bytes:
    """A structure of one directory; each entry is its tag, type, count and the four bytes of its value."""
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}IH", 8, len(entries))
    return head + b"".join(struct.pack(f"{order}HHI", *entry[:3]) + entry[3] for entry in entries) + bytes(4)


def by_pillow() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif[0x0110] = "Model"
    exif.get_ifd(0x8769)[0x829A] = IFDRational(1, 250)
    exif.get_ifd(0x8769)[0x8827] = 200
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (48.0, 12.0, 30.0)
    return exif.tobytes()


def test_directories() -> None:
    exif = parse(by_pillow())
    assert exif.image[0x010F] == "Maker"
    assert exif.image[0x0110] == "Model"
    assert (exif.photo[0x829A], exif.photo[0x8827]) == (0.004, 200)
    assert exif.gps == {1: "N", 2: (48.0, 12.0, 30.0)}
    tags = exif.tags()
    assert (tags["EXIF:Make"], tags["EXIF:ExposureTime"], tags["GPS:LatitudeRef"]) == ("Maker", 0.004, "N")
    assert "EXIF:ExifOffset" not in tags


@pytest.mark.parametrize("order", "<>")
def test_both_byte_orders(order: str) -> None:
    value = struct.pack(f"{order}HH", 6, 0)
    assert parse(written(order, (0x0112, 3, 1, value))).image == {0x0112: 6}


@pytest.mark.parametrize(
    "entry",
    [
        (0x0112, 3, 1_000_000, struct.pack("<I", 8)),  # more values than there are bytes
        (0x0112, 3, 4, struct.pack("<I", 1 << 30)),  # a value beyond the end
        (0x0112, 99, 1, bytes(4)),  # a type that does not exist
        (0x0112, 3, 0, bytes(4)),  # no value at all
    ],
)
def test_bad_entry_is_passed_over(entry: tuple[int, int, int, bytes]) -> None:
    assert parse(written("<", entry, (0x0128, 3, 1, b"\2\0\0\0"))).image == {0x0128: 2}


def test_first_of_two_counts() -> None:
    twice = written("<", (0x0112, 3, 1, b"\6\0\0\0"), (0x0112, 3, 1, b"\1\0\0\0"))
    assert parse(twice).image == {0x0112: 6}


def test_directory_that_points_to_itself_ends() -> None:
    exif = parse(written("<", (0x8769, 4, 1, struct.pack("<I", 8))))
    assert exif.photo == exif.image


def test_zero_denominator_is_no_number() -> None:
    data = written("<", (0x011A, 5, 1, struct.pack("<I", 26))) + struct.pack("<II", 72, 0)
    assert parse(data).tags() == {}


@pytest.mark.parametrize("data", [b"", b"II", b"II*\0", b"XX*\0\10\0\0\0", b"II*\0\xff\xff\xff\xff", b"Exif\0\0"])
def test_nothing_to_read(data: bytes) -> None:
    assert parse(data) == NOTHING


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"ASCII\0\0\0hello\0\0", "hello"),
        (b"UNICODE\0" + "grüße".encode("utf-16-le"), "grüße"),
        (b"UNICODE\0" + "grüße".encode("utf-16-be"), "grüße"),
        (bytes(8) + b"hello", "hello"),
        (b"ASCII\0\0\0" + bytes(20), None),
        (b"", None),
    ],
)
def test_user_comment(data: bytes, expected: str | None) -> None:
    assert user_comment(data) == expected


def test_windows_text() -> None:
    assert windows_text("Größe\0".encode("utf-16-le")) == "Größe"
    assert windows_text(None) is None
    assert parse(written("<", (0x9C9B, 1, 8, struct.pack("<I", 26))) + b"T\0i\0t\0\0\0").tags() == {
        "EXIF:XPTitle": "Tit"
    }


def test_texts_are_utf8_or_windows() -> None:
    for text in ("Größe".encode(), "Größe".encode("cp1252")):
        data = written("<", (0x010F, 2, len(text), struct.pack("<I", 26))) + text
        assert parse(data).image == {0x010F: "Größe"}


def test_iptc_declared_as_words_is_still_bytes() -> None:
    data = written("<", (0x83BB, 4, 2, struct.pack("<I", 26))) + b"\x1c\2\x05\0\3abc"
    assert parse(data).image == {0x83BB: b"\x1c\2\x05\0\3abc"}
    assert parse(data).tags() == {}


@given(st.binary(max_size=400), st.integers(0, 200), st.sampled_from([b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b""]))
def test_any_bytes_give_tags_fit_for_json(noise: bytes, at: int, head: bytes) -> None:
    whole = by_pillow().removeprefix(b"Exif\0\0")
    for data in (head + noise, whole[:at] + noise[:20] + whole[at + 20 :]):
        tags = parse(data).tags()
        assert "\0" not in json.dumps(tags, allow_nan=False)
