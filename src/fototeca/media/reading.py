"""One file, from its bytes to its facts and renditions, with one decode."""

from __future__ import annotations

import io
import math
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from PIL import Image

from fototeca.assets import Facts, Kind
from fototeca.errors import MediaError, MediaTooLarge, NotFound, UnsupportedMedia
from fototeca.media import colourblind, colours, hashes, illustration, quality, renditions
from fototeca.media.decode import REDUCING, fit, load, open_image, profile_name, upright
from fototeca.media.formats import HEAD_BYTES, TIFF, Format, named_format, sniff
from fototeca.media.limits import Limits
from fototeca.media.metadata import describe, describe_container
from fototeca.media.places import place_at
from fototeca.media.poster import choose
from fototeca.media.renditions import Rendition


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """All that is known of a file after reading it once. Can be pickled.

    Attributes:
        filename: As given; it had no say in what the file is.
        sha256: Of the bytes, lower-case hex.
        format: From the content, such as "jpg" or "mp4"; of a file kept as it is, from its name.
        mime: Its media type.
        kind: Image, video, or a file kept as it is.
        bytes: Size of the file.
        width: Pixels as displayed, after orientation.
        height: Pixels as displayed.
        duration: Seconds, of a video that tells it.
        facts: What the pixels and the metadata tell.
        renditions: By longest side: "256" and "1440".
        pixels: The picture as displayed, in sRGB over white, uint8 of shape (height, width, 3), no side longer than
            1440; only where asked for.
    """

    filename: str
    sha256: str
    format: str
    mime: str
    bytes: int
    width: int
    height: int
    facts: Facts
    kind: Kind = Kind.IMAGE
    duration: float | None = None
    renditions: dict[str, Rendition]
    pixels: npt.NDArray[np.uint8] | None = field(default=None, compare=False)


def read(source: Path | bytes, *, filename: str, limits: Limits | None = None, keep_pixels: bool = False) -> Media:
    """Read an image or video file.

    Runs in the caller's thread and silences warnings there, so it belongs in a process of its own where files come
    from strangers or threads run beside it: see `Reader`, which also keeps the limits on time and memory.

    Args:
        source: The file, or its bytes.
        filename: What the file is called; kept, not trusted.
        limits: Bounds on bytes, pixels and frames; by default those of `Limits`.
        keep_pixels: Whether models are to be fed from this decode.

    Raises:
        UnsupportedMedia: The format is not read here.
        CorruptMedia: The file is truncated or broken.
        MediaTooLarge: It exceeds a limit.
        NotFound: There is no such file.
        MediaError: The file cannot be read at all.
    """
    limits = limits or Limits()
    with opened(source) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # decoders warn of what is judged here
        kind = sniff(file.read(HEAD_BYTES))
        size = file.seek(0, io.SEEK_END)
        check_size(size, limits.max_stream_bytes if kind.kind is Kind.VIDEO else limits.max_bytes)
        file.seek(0)
        named = Named(filename, kind, size, hashes.digests(file))
        file.seek(0)
        if kind.kind is Kind.VIDEO:
            return _read_video(file, named, limits, keep_pixels=keep_pixels)
        return _read_image(file.read(), named, limits, keep_pixels=keep_pixels)


def identify(source: Path | bytes, *, filename: str, limits: Limits | None = None) -> Media:
    """Take any file as it is: its size and digests, and from its name what it is said to be. Nothing is decoded.

    Raises:
        MediaTooLarge: It is larger than a video may be.
        NotFound: There is no such file.
        MediaError: The file cannot be read.
    """
    limits = limits or Limits()
    with opened(source) as file:
        size = file.seek(0, io.SEEK_END)
        check_size(size, limits.max_stream_bytes)
        file.seek(0)
        digests = hashes.digests(file)
    kind = named_format(filename)
    return Media(
        filename=filename,
        sha256=digests.sha256,
        format=kind.name,
        mime=kind.mime,
        kind=kind.kind,
        bytes=size,
        width=0,
        height=0,
        facts=Facts(md5=digests.md5, sha1=digests.sha1),
        renditions={},
    )


class Named(NamedTuple):
    """What is known of a file before it is decoded."""

    filename: str
    format: Format
    bytes: int
    digests: hashes.Digests


@contextmanager
def opened(source: Path | bytes) -> Iterator[BinaryIO]:
    """Open a regular file, or bytes as if they were one.

    Raises:
        NotFound: There is no such file.
        UnsupportedMedia: It is a folder, a pipe or a device.
        MediaError: It cannot be read.
    """
    if isinstance(source, bytes):
        yield io.BytesIO(source)
        return
    try:
        if not stat.S_ISREG(source.stat().st_mode):
            raise UnsupportedMedia("this is not a regular file")
        with source.open("rb") as file:
            yield file
    except FileNotFoundError as error:
        raise NotFound(f"there is no file {source!s}") from error
    except OSError as error:
        raise MediaError(f"the file cannot be read: {error.strerror}") from error


def check_size(size: int, allowed: int) -> None:
    """Refuse a file that is too large.

    Raises:
        MediaTooLarge: It is.
    """
    if size > allowed:
        raise MediaTooLarge(f"{size:,} bytes are more than the {allowed:,} allowed")


def _read_image(data: bytes, named: Named, limits: Limits, *, keep_pixels: bool) -> Media:
    opened = open_image(data, limits)
    image = load(opened)
    described = describe(image.info, data if opened.format is TIFF else None)
    # Pillow turns a TIFF upright while it decodes.
    turn = 1 if opened.format is TIFF else described.orientation
    facts = msgspec.structs.replace(
        described.facts,
        frames=opened.frames,
        animated=opened.animated,
        orientation=described.orientation,
        mode=opened.mode,
        profile=profile_name(image.info.get("icc_profile")),
    )
    size = opened.size if turn < 5 else opened.size[::-1]
    return _media(named, upright(opened, turn), size, facts, keep_pixels=keep_pixels)


def _read_video(file: BinaryIO, named: Named, limits: Limits, *, keep_pixels: bool) -> Media:
    from fototeca.media.video import VideoFile  # noqa: PLC0415 - FFmpeg takes a while to load

    with VideoFile(file, named.format, limits) as video:
        duration = video.duration()
        poster = choose(video, duration)
        facts = msgspec.structs.replace(
            describe_container(video.metadata, named.format.demuxer, video.codes),
            frames=video.count(duration),
            orientation=poster.orientation,
            mode=video.pixel_format,
            video=video.facts(duration, named.bytes),
        )
        large = poster.picture()
    return _media(named, large, poster.size, facts, keep_pixels=keep_pixels, duration=duration)


def _media(
    named: Named,
    large: Image.Image,
    size: tuple[int, int],
    told: Facts,
    *,
    keep_pixels: bool,
    duration: float | None = None,
) -> Media:
    """Join what a file tells and what its picture shows.

    Args:
        named: The file.
        large: Its picture, or a video's poster: upright, sides at most 1440.
        size: Width and height as displayed, of the original.
        told: What its metadata tell.
        keep_pixels: Whether the picture comes along.
        duration: Seconds, of a video.
    """
    pictures = {str(side): _reduced(large, side) for side in sorted(renditions.SIDES, reverse=True)}
    facts = msgspec.structs.replace(
        told,
        md5=named.digests.md5,
        sha1=named.digests.sha1,
        place=place_at(told.gps) if told.gps else None,
        **_looks(large, pictures["256"]),
    )
    return Media(
        filename=named.filename,
        sha256=named.digests.sha256,
        format=named.format.name,
        mime=named.format.mime,
        kind=named.format.kind,
        bytes=named.bytes,
        width=size[0],
        height=size[1],
        duration=duration,
        facts=facts,
        renditions=_encoded(pictures),
        pixels=_over_white(large) if keep_pixels else None,
    )


def _reduced(picture: Image.Image, side: int) -> Image.Image:
    size = fit(picture.size, side)
    return picture if size == picture.size else picture.resize(size, REDUCING)


def _encoded(pictures: dict[str, Image.Image]) -> dict[str, Rendition]:
    """The renditions; a picture that serves for several sides is encoded once."""
    made = {id(picture): renditions.encode(picture) for picture in pictures.values()}
    return {name: made[id(picture)] for name, picture in pictures.items()}


def _looks(large: Image.Image, small: Image.Image) -> dict[str, Any]:
    """The facts that come from pixels: each from the smallest picture that still shows what it needs."""
    tiny = small.reduce(max(1, math.ceil(max(small.size) / 64)))
    colors = colours.predominant(tiny)
    return {
        "phash": hashes.phash(tiny),
        "thumbhash": hashes.thumbhash(tiny),
        "transparent": large.mode == "RGBA",
        "grayscale": colours.grayscale(tiny),
        "colors": colors,
        "distinct": colourblind.judge(colors),
        "quality": quality.judge(large),
        "illustration": illustration.score(small),
    }


def _over_white(picture: Image.Image) -> npt.NDArray[np.uint8]:
    if picture.mode == "RGBA":
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return np.array(picture.convert("RGB"))
