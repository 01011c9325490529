"""What a file is, from its first bytes; its name is asked only where nothing is to be read of it."""

from __future__ import annotations

import re
from mimetypes import MimeTypes
from pathlib import PurePath
from typing import NamedTuple

from fototeca.assets import Kind
from fototeca.errors import CorruptMedia, UnsupportedMedia

HEAD_BYTES = 1024
"""As much of a file's start as the decision needs."""


class Format(NamedTuple):
    """A format that is read here.

    Attributes:
        name: How facts call it.
        mime: Its media type.
        kind: What an asset of this format is.
        demuxer: Of a video, the name of FFmpeg's reader of its container.
    """

    name: str
    mime: str
    kind: Kind = Kind.IMAGE
    demuxer: str = ""


JPEG = Format("jpg", "image/jpeg")
PNG = Format("png", "image/png")
GIF = Format("gif", "image/gif")
WEBP = Format("webp", "image/webp")
TIFF = Format("tiff", "image/tiff")
BMP = Format("bmp", "image/bmp")
HEIC = Format("heic", "image/heic")
AVIF = Format("avif", "image/avif")
ICO = Format("ico", "image/x-icon")
MP4 = Format("mp4", "video/mp4", Kind.VIDEO, "mov")
MOV = Format("mov", "video/quicktime", Kind.VIDEO, "mov")
M4V = Format("m4v", "video/x-m4v", Kind.VIDEO, "mov")
THREE_GP = Format("3gp", "video/3gpp", Kind.VIDEO, "mov")
WEBM = Format("webm", "video/webm", Kind.VIDEO, "matroska")
MKV = Format("mkv", "video/matroska", Kind.VIDEO, "matroska")
AVI = Format("avi", "video/x-msvideo", Kind.VIDEO, "avi")
TS = Format("ts", "video/mp2t", Kind.VIDEO, "mpegts")

_MAGIC = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),
    (b"MM\0+", TIFF),
    (b"BM", BMP),
    (b"\0\0\1\0", ICO),
)

# Only to say in words what is refused; the list need not be complete.
_OTHERS = (
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"8BPS", "Photoshop document"),
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"%PDF", "PDF document"),
    (b"DDS ", "DirectDraw surface"),
    (b"qoif", "QOI"),
    (b"\0\0\2\0", "Windows cursor"),
    (b"icns", "macOS icon"),
    (b"FUJIFILMCCD-RAW", "camera raw"),
    (b"IIU\0", "camera raw"),
    (b"FLV\1", "Flash video"),
    (b"OggS", "Ogg"),
    (b"\0\0\1\xba", "MPEG program stream"),
    (b"0&\xb2u\x8ef\xcf\x11", "Windows Media"),
    (b"ID3", "MP3"),
    (b"fLaC", "FLAC"),
    (b"PK\3\4", "ZIP archive"),
    (b"<svg", "SVG"),
    (b"<!DOCTYPE html", "HTML page"),
    (b"<html", "HTML page"),
    (b"<?xml", "XML"),
)

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_SOUND_BRANDS = frozenset({b"M4A ", b"M4B ", b"M4P "})

_SUFFIX = re.compile(r"[a-z0-9]{1,16}")
_TYPES = MimeTypes()
_PACKED = {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}

# QuickTime files older than the box of brands begin with one of these.
_ATOMS = frozenset({b"moov", b"mdat", b"wide", b"pnot", b"free", b"skip"})
_EBML = b"\x1aE\xdf\xa3"
_DOC_TYPE = b"B\x82"


def sniff(data: bytes) -> Format:
    """The format of a file's bytes, of which the first `HEAD_BYTES` are looked at.

    Raises:
        CorruptMedia: There are no bytes.
        UnsupportedMedia: They are of no format that is read here.
    """
    if not data:
        raise CorruptMedia("the file is empty")
    known = _sniff_container(data) or next((known for magic, known in _MAGIC if data.startswith(magic)), None)
    if known is not None:
        return known
    if _is_transport_stream(data):
        return TS
    for magic, name in _OTHERS:
        if data.startswith(magic):
            raise UnsupportedMedia(f"{name} files are not read")
    raise UnsupportedMedia("the bytes are of no image or video format that is read")


def _sniff_container(data: bytes) -> Format | None:
    """The format of a file whose container can hold several; `None` if it is in none."""
    if data[:4] == b"RIFF":
        return {b"WEBP": WEBP, b"AVI ": AVI}.get(data[8:12])
    if data[4:8] == b"ftyp":
        return _sniff_boxes(data)
    if data[:4] == _EBML:
        return _sniff_matroska(data)
    if data[:4] == b"II*\0" and data[8:10] == b"CR":
        raise UnsupportedMedia("camera raw files are not read")
    return MOV if data[4:8] in _ATOMS else None


def named_format(filename: str) -> Format:
    """What a file that is kept as it is claims to be: its suffix, and the media type that goes with it."""
    suffix = PurePath(filename).suffix[1:].lower()
    mime, packed = _TYPES.guess_type(f"a.{suffix}")
    if packed is not None or mime is None:
        mime = _PACKED.get(packed or "", "application/octet-stream")
    return Format(suffix if _SUFFIX.fullmatch(suffix) else "", mime, Kind.RAW)


def _sniff_boxes(data: bytes) -> Format:
    """HEIC, AVIF and MP4 share a container (ISO/IEC 14496-12), which begins with its brands: main, version, others."""
    size = min(int.from_bytes(data[:4], "big"), 256)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, size, 4))]
    main = brands[0]
    if not _AVIF_BRANDS.isdisjoint(brands):
        return AVIF
    if not _HEIC_BRANDS.isdisjoint(brands):
        return HEIC
    if main == b"crx ":
        raise UnsupportedMedia("camera raw files are not read")
    if main in _SOUND_BRANDS:
        raise UnsupportedMedia("sound files are not read")
    if main == b"qt  ":
        return MOV
    if main.startswith(b"M4V"):
        return M4V
    return THREE_GP if main.startswith(b"3g") else MP4


def _sniff_matroska(data: bytes) -> Format:
    """The header of a Matroska file names its document type (RFC 8794, 11.2.6): "matroska" or the narrower "webm"."""
    at = data.find(_DOC_TYPE, 4, 64)
    return WEBM if at > 0 and data[at + 3 : at + 7] == b"webm" else MKV


def _is_transport_stream(data: bytes) -> bool:
    """Whether each packet begins with the byte 0x47 (ISO/IEC 13818-1, 2.4.3.2); a Blu-ray's have a time before it."""
    return any(
        len(data) > first + 2 * size and all(byte == 0x47 for byte in data[first:HEAD_BYTES:size])
        for first, size in ((0, 188), (4, 192))
    )
