"""EXIF: a TIFF structure of directories of tags, embedded in a picture, or being the file itself.

Written to get everything out of a broken structure that is still there, where a general library gives up: a tag that
makes no sense is passed over, and the rest goes on. Sources: Exif 2.32 (CIPA DC-008), TIFF 6.0.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple, TypeAlias

from PIL import ExifTags

from fototeca.media.metadata.values import Tags, decoded, fit

Directory: TypeAlias = dict[int, Any]
"""Values by tag number: text, numbers, a tuple of numbers, or bytes where the type is "undefined"."""

MAX_ENTRIES = 1000
"""Entries read of one directory; more are a sign of nonsense."""

MAX_VALUE = 1 << 20
"""Bytes read of one value."""

# Of each field type the bytes of one value, and the struct code of the numbers it holds; a fraction is two.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}
_NUMBERS = {1: "B", 3: "H", 4: "I", 5: "I", 6: "b", 8: "h", 9: "i", 10: "i", 11: "f", 12: "d", 13: "I"}
_PARTS = {5: 2, 10: 2}
_BYTE, _ASCII, _UNDEFINED, _UTF8 = 1, 2, 7, 129

_EXIF_POINTER, _GPS_POINTER, _INTEROPERABILITY_POINTER = 0x8769, 0x8825, 0xA005
_POINTERS = {_EXIF_POINTER, _GPS_POINTER, _INTEROPERABILITY_POINTER}
_USER_COMMENT = 0x9286

# XMP, IPTC and Photoshop's resources: blocks of bytes, whatever type the writer declared, such as IPTC as words.
_BLOCKS = {0x02BC, 0x83BB, 0x8649}
_WINDOWS_TEXTS = {0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F}

# Where things are in a file, and blocks that are read elsewhere or mean nothing outside the maker's own programs.
_STRUCTURE = _POINTERS | _BLOCKS | {
    0x0111, 0x0117, 0x0144, 0x0145, 0x014A, 0x0201, 0x0202, 0x8773, 0x927C, 0xC4A5, 0xEA1C,
}  # fmt: skip


class Exif(NamedTuple):
    """The directories of a picture; an empty one if it is not there.

    Attributes:
        image: The first directory, with the camera and what describes the picture.
        photo: The Exif directory, with the exposure.
        gps: The GPS directory.
    """

    image: Directory
    photo: Directory
    gps: Directory

    def tags(self) -> Tags:
        """All readable values as "EXIF:Name" and "GPS:Name", by the names of the standard."""
        found: Tags = {}
        for directory, group, names in (
            (self.image, "EXIF", ExifTags.TAGS),
            (self.photo, "EXIF", ExifTags.TAGS),
            (self.gps, "GPS", ExifTags.GPSTAGS),
        ):
            for tag, raw in directory.items():
                if tag in _STRUCTURE and group == "EXIF":
                    continue
                value = fit(_readable(tag, raw) if isinstance(raw, bytes) else raw)
                if value is not None:
                    name = names.get(tag, f"0x{tag:04X}")
                    found[f"{group}:{name.removeprefix('GPS') if group == 'GPS' else name}"] = value
        return found


NOTHING = Exif({}, {}, {})


def parse(data: bytes) -> Exif:
    """Read the directories; whatever is unreadable is left out, and nothing is raised.

    Args:
        data: The structure from its byte order on, with or without the "Exif" mark before it.
    """
    data = data.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(bytes(data[:2]))
    if order is None or len(data) < 8:
        return NOTHING
    (first,) = struct.unpack_from(f"{order}I", data, 4)
    image = _entries(data, order, first)
    photo = _child(data, order, image.get(_EXIF_POINTER))
    gps = _child(data, order, image.get(_GPS_POINTER, photo.get(_GPS_POINTER)))
    return Exif(image, photo, gps)


def _child(data: bytes, order: str, offset: object) -> Directory:
    return _entries(data, order, offset) if isinstance(offset, int) else {}


def _entries(data: bytes, order: str, offset: int) -> Directory:
    """The tags of the directory at `offset`; of a tag that occurs twice the first is meant."""
    found: Directory = {}
    if 8 <= offset <= len(data) - 2:
        (count,) = struct.unpack_from(f"{order}H", data, offset)
        for number in range(min(count, MAX_ENTRIES, (len(data) - offset - 2) // 12)):
            tag, value = _entry(data, order, offset + 2 + 12 * number)
            if value is not None:
                found.setdefault(tag, value)
    return found


def _entry(data: bytes, order: str, at: int) -> tuple[int, Any]:
    """The tag at `at` and its value, which stands there if it takes four bytes at most and elsewhere if more."""
    tag, kind, count = struct.unpack_from(f"{order}HHI", data, at)
    size = count * _SIZES.get(kind, 0)
    at += 8
    if not 0 < size <= MAX_VALUE:
        return tag, None
    if size > 4:
        (at,) = struct.unpack_from(f"{order}I", data, at)
    raw = bytes(data[at : at + size])
    if kind in {_ASCII, _UTF8}:
        # Some writers count more than there is; the text up to the end of the data is still good.
        return tag, decoded(raw.partition(b"\0")[0])
    if len(raw) < size:
        return tag, None
    if kind == _UNDEFINED or tag in _BLOCKS or (kind == _BYTE and count > 4):
        return tag, raw
    values: tuple[Any, ...] = struct.unpack(f"{order}{count * _PARTS.get(kind, 1)}{_NUMBERS[kind]}", raw)
    if kind in _PARTS:
        pairs = zip(values[::2], values[1::2], strict=True)
        values = tuple(above / below if below else None for above, below in pairs)
    return tag, values[0] if count == 1 else values


def _readable(tag: int, data: bytes) -> str | None:
    """Text that is kept in bytes of no declared type; `None` if they are not text."""
    if tag == _USER_COMMENT or data[:8] in {b"ASCII\0\0\0", b"UNICODE\0"}:
        return user_comment(data)
    if tag in _WINDOWS_TEXTS:
        return windows_text(data)
    bare = data.rstrip(b"\0")
    return bare.decode("ascii") if bare.isascii() and bare.decode("ascii").isprintable() else None


def user_comment(data: bytes) -> str | None:
    """The text behind an eight-byte name of its encoding (Exif 2.32, 4.6.5); `None` where it says nothing."""
    body = data[8:]
    if data.startswith(b"UNICODE\0"):
        # The standard is silent on the byte order; the half that is zero in Latin text gives it away.
        little = body[1::2].count(0) >= body[0::2].count(0)
        return body.decode("utf-16-le" if little else "utf-16-be", "ignore").strip("\0 ") or None
    return decoded(body if data[:8] in {b"ASCII\0\0\0", bytes(8)} else data).partition("\0")[0].strip() or None


def windows_text(value: object) -> str | None:
    """Text of the tags that Windows adds (XPTitle and so on): little-endian UTF-16."""
    return value.decode("utf-16-le", "ignore").partition("\0")[0] if isinstance(value, bytes) else None
