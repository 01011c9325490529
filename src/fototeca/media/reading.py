"""One file, from its bytes to its facts and renditions, with one decode."""

from __future__ import annotations

import math
import stat
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from PIL import Image

from fototeca.assets import Facts
from fototeca.errors import MediaError, MediaTooLarge, NotFound, UnsupportedMedia
from fototeca.media import colours, hashes, quality, renditions
from fototeca.media.decode import REDUCING, fit, load, open_image, profile_name, upright
from fototeca.media.formats import TIFF
from fototeca.media.limits import Limits
from fototeca.media.metadata import describe
from fototeca.media.places import place_at
from fototeca.media.renditions import Rendition


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """All that is known of a file after reading it once. Can be pickled.

    Attributes:
        filename: As given; it had no say in what the file is.
        sha256: Of the bytes, lower-case hex.
        format: From the content: "jpg", "png", "gif", "webp", "tiff", "bmp", "heic" or "avif".
        mime: Its media type.
        bytes: Size of the file.
        width: Pixels as displayed, after orientation.
        height: Pixels as displayed.
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
    renditions: dict[str, Rendition]
    pixels: npt.NDArray[np.uint8] | None = field(default=None, compare=False)


def read(source: Path | bytes, *, filename: str, limits: Limits | None = None, keep_pixels: bool = False) -> Media:
    """Read an image file.

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
    data = _contents(source, limits)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # decoders warn of what is judged here
        return _read(data, filename, limits, keep_pixels=keep_pixels)


def _contents(source: Path | bytes, limits: Limits) -> bytes:
    try:
        if isinstance(source, Path):
            status = source.stat()
            if not stat.S_ISREG(status.st_mode):
                raise UnsupportedMedia("this is not a regular file")
            size = status.st_size
        else:
            size = len(source)
        if size > limits.max_bytes:
            raise MediaTooLarge(f"{size:,} bytes are more than the {limits.max_bytes:,} allowed")
        return source.read_bytes() if isinstance(source, Path) else source
    except FileNotFoundError as error:
        raise NotFound(f"there is no file {source!s}") from error
    except OSError as error:
        raise MediaError(f"the file cannot be read: {error.strerror}") from error


def _read(data: bytes, filename: str, limits: Limits, *, keep_pixels: bool) -> Media:
    opened = open_image(data, limits)
    image = load(opened)
    described = describe(image.info, data if opened.format is TIFF else None)
    # Pillow turns a TIFF upright while it decodes.
    turn = 1 if opened.format is TIFF else described.orientation
    large = upright(opened, turn)
    digests = hashes.digests(data)
    pictures = {str(side): _reduced(large, side) for side in sorted(renditions.SIDES, reverse=True)}
    facts = msgspec.structs.replace(
        described.facts,
        md5=digests.md5,
        sha1=digests.sha1,
        frames=opened.frames,
        animated=opened.animated,
        orientation=described.orientation,
        mode=opened.mode,
        profile=profile_name(image.info.get("icc_profile")),
        place=place_at(described.facts.gps) if described.facts.gps else None,
        **_looks(large, pictures["256"]),
    )
    width, height = opened.size if turn < 5 else opened.size[::-1]
    return Media(
        filename=filename,
        sha256=digests.sha256,
        format=opened.format.name,
        mime=opened.format.mime,
        bytes=len(data),
        width=width,
        height=height,
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
    return {
        "phash": hashes.phash(tiny),
        "thumbhash": hashes.thumbhash(tiny),
        "transparent": large.mode == "RGBA",
        "grayscale": colours.grayscale(tiny),
        "colors": colours.predominant(tiny),
        "quality": quality.judge(large),
    }


def _over_white(picture: Image.Image) -> npt.NDArray[np.uint8]:
    if picture.mode == "RGBA":
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return np.array(picture.convert("RGB"))
