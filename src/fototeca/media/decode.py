"""From bytes to one upright sRGB picture, no larger than the largest rendition.

Everything else about the pixels derives from that one picture. A JPEG is decoded at a fraction of its size where that
is enough (libjpeg's scaled inverse DCT, which Pillow calls `draft`); other formats are decoded whole and reduced.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    IcoImagePlugin,
    Image,
    ImageCms,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from pillow_heif.as_plugin import HeifImageFile

from fototeca.errors import CorruptMedia, FototecaError, MediaTooLarge, UnsupportedMedia
from fototeca.media.formats import AVIF, BMP, GIF, HEIC, ICO, JPEG, PNG, TIFF, WEBP, Format, sniff
from fototeca.media.limits import Limits

# The only decoders that ever see a file's bytes. Called directly, not through `Image.open`, which would swallow the
# reason of a refusal.
_DECODERS: dict[Format, Callable[..., Image.Image]] = {
    JPEG: JpegImagePlugin.jpeg_factory,
    PNG: PngImagePlugin.PngImageFile,
    GIF: GifImagePlugin.GifImageFile,
    WEBP: WebPImagePlugin.WebPImageFile,
    TIFF: TiffImagePlugin.TiffImageFile,
    BMP: BmpImagePlugin.BmpImageFile,
    HEIC: HeifImageFile,
    ICO: IcoImagePlugin.IcoImageFile,
    AVIF: AvifImagePlugin.AvifImageFile,
}

_UNABLE = re.compile(r"unsupported|not supported|cannot handle|can't|unknown|not implemented", re.IGNORECASE)
_CODES = re.compile(
    r"decoder error -?\d+( when reading image file)?|not identified by this driver|cannot load this image"
)
_SHORT = re.compile(r"truncated|end of file|end-of-file|not enough|unexpected end", re.IGNORECASE)

pillow_heif.options.THUMBNAILS = False
# Pillow's own bomb check would shadow `Limits.max_pixels`, which is checked before any pixel is decoded.
Image.MAX_IMAGE_PIXELS = None

LARGEST = 1440
"""Longest side of the decoded picture, pixels."""

UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What brings a picture of that EXIF orientation upright (Exif 2.32, table 6)."""

REDUCING = Image.Resampling.HAMMING
"""How pictures are made smaller: a third faster than bicubic, and nearer to it than the JPEG that is made of it."""

UNSEEN = 3
"""A difference of so many levels of 255 is not seen."""

_SRGB = ImageCms.createProfile("sRGB")
_STEPS = np.arange(0, 256, 51).astype(np.uint8)
_SAMPLE = Image.fromarray(np.stack(np.meshgrid(_STEPS, _STEPS, _STEPS), -1).reshape(6, 36, 3))


class Opened(NamedTuple):
    """A file whose header has been read and found acceptable.

    Attributes:
        format: From the content.
        image: Pillow's image, not yet loaded.
        size: Width and height as stored.
        mode: Pillow's mode as stored, such as "RGB", "P" or "I;16".
        frames: Frames of an animation, or pages.
        animated: Whether the frames are meant to be shown one after another.
    """

    format: Format
    image: Image.Image
    size: tuple[int, int]
    mode: str
    frames: int
    animated: bool


def open_image(data: bytes, limits: Limits) -> Opened:
    """Read a file's header and check it against the limits; no pixel is decoded yet.

    Raises:
        UnsupportedMedia: The format is not read here.
        CorruptMedia: The header is broken.
        MediaTooLarge: It tells of more pixels or frames than allowed.
    """
    kind = sniff(data)
    with reasons(kind):
        image = _DECODERS[kind](io.BytesIO(data), "")
        size = image.size
        if min(size) <= 0:
            raise CorruptMedia(f"the {kind.name} file has no pixels: {size[0]} x {size[1]}")
        if size[0] * size[1] > limits.max_pixels:
            raise MediaTooLarge(f"{size[0]} x {size[1]} pixels are more than the {limits.max_pixels:,} allowed")
        if kind is TIFF:
            _refuse_raw(image)
        # A JPEG of several pictures (MPO) is one photo with helpers, such as a depth map.
        frames = 1 if kind is JPEG else getattr(image, "n_frames", 1)
        if frames > limits.max_frames:
            raise MediaTooLarge(f"{frames} frames are more than the {limits.max_frames:,} allowed")
    return Opened(kind, image, size, image.mode, frames, frames > 1 and kind in {GIF, PNG, WEBP, AVIF})


def _refuse_raw(image: Image.Image) -> None:
    """Raw files look like TIFF, but what TIFF decoders find in them is a thumbnail.

    A DNG has tag 50706 (DNG 1.4); others keep the real picture in a sub-directory (330) beside a reduced one (254).
    """
    tags: Any = getattr(image, "tag_v2", {})
    if 50706 in tags or (330 in tags and tags.get(254, 0) & 1):
        raise UnsupportedMedia("camera raw files are not read")


def load(opened: Opened) -> Image.Image:
    """Decode the first frame, in its own mode, as small as the decoder can make it without falling below `LARGEST`.

    Raises:
        CorruptMedia: The data end early or make no sense.
        MediaTooLarge: It takes more memory than there is.
    """
    with reasons(opened.format):
        if opened.format is JPEG:
            opened.image.draft(opened.mode, fit(opened.size, LARGEST))
        opened.image.load()
    return opened.image


def turned_upright(opened: Opened) -> Image.Image:
    """The decoded picture as it is to be seen, in whatever size it was decoded; `upright` reduces it."""
    orientation = 1 if opened.format is TIFF else opened.image.getexif().get(ExifTags.Base.Orientation, 1)
    image = _simple(opened.image)
    if orientation in UPRIGHT:
        image = image.transpose(UPRIGHT[orientation])
    return _in_srgb(image, opened.image.info.get("icc_profile"))


def upright(opened: Opened, orientation: int) -> Image.Image:
    """The decoded picture as it is to be seen: sides at most `LARGEST`, orientation applied, in sRGB.

    Returns:
        A picture of mode "L", "RGB", or "RGBA" where some part is transparent.
    """
    with reasons(opened.format):
        image = _simple(opened.image)
        target = fit(opened.size, LARGEST)
        if image.size != target:
            image = image.resize(target, REDUCING)
        if orientation in UPRIGHT:
            image = image.transpose(UPRIGHT[orientation])
        return _in_srgb(image, opened.image.info.get("icc_profile"))


def fit(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """`size` scaled down so that no side exceeds `longest`; never scaled up."""
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _simple(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be resized and colour-managed: L, RGB, CMYK, LAB or RGBA."""
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        opaque = seen.getchannel("A").getextrema()[0] == 255
        return seen.convert("RGB") if opaque else seen
    if image.mode in {"L", "RGB", "CMYK", "LAB"}:
        return image
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_eight_bits(np.asarray(image)))
    return image.convert("L" if image.mode == "1" else "RGB")


def _eight_bits(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Deep grey values as bytes: 0..255 as they are, 0..65535 divided, anything else stretched over its own range."""
    if values.dtype == np.uint16:
        return (values >> 8).astype(np.uint8)
    finite = np.nan_to_num(values.astype(np.float32), posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    if low >= 0 and high <= 255:
        return finite.astype(np.uint8)
    if low >= 0 and high <= 65535 and values.dtype.kind in "iu":
        return (finite / 257).astype(np.uint8)
    return ((finite - low) * (255 / max(high - low, 1e-30))).astype(np.uint8)


def profile_name(icc: bytes | None) -> str | None:
    """The description that an ICC profile gives itself; `None` if there is none or it cannot be read."""
    return _profile(icc)[0] if icc else None


@lru_cache(maxsize=32)
def _profile(icc: bytes) -> tuple[str | None, Any]:
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        name = ImageCms.getProfileDescription(profile).strip().replace("\0", "") or None
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None, None
    return name, profile


@lru_cache(maxsize=32)
def _transform(icc: bytes, mode: str) -> Any:
    """What takes pixels of the profile to sRGB; `None` where they are that already or the profile is unusable."""
    profile = _profile(icc)[1]
    if profile is None:
        return None
    try:
        transform = ImageCms.buildTransform(profile, _SRGB, mode, "RGB")
    except ImageCms.PyCMSError:  # a profile for another kind of picture, such as CMYK's in an RGB file
        return None
    # Many profiles are sRGB under another name: they leave a sample of the colours where it is.
    if mode == "RGB":
        after = np.asarray(ImageCms.applyTransform(_SAMPLE, transform), np.int16)
        if np.abs(after - np.asarray(_SAMPLE, np.int16)).max() <= UNSEEN:
            return None
    return transform


def _in_srgb(image: Image.Image, icc: bytes | None) -> Image.Image:
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colour = image.convert("RGB") if alpha else image
    transform = _transform(icc, colour.mode) if icc else None
    if transform is not None:
        colour = ImageCms.applyTransform(colour, transform) or colour
    if colour.mode not in {"L", "RGB"}:
        colour = colour.convert("RGB")
    if alpha:
        colour = colour.convert("RGB")
        colour.putalpha(alpha)
    return colour


@contextmanager
def reasons(kind: Format) -> Iterator[None]:
    """Whatever a decoder raises, as an error that says in words what is wrong with the file."""
    try:
        yield
    except FototecaError:
        raise
    except MemoryError as error:
        raise MediaTooLarge(f"decoding the {kind.name} file takes more memory than allowed") from error
    except Exception as error:  # decoders raise whatever they like
        text = _CODES.sub("the pixels cannot be decoded", str(error).strip()) or type(error).__name__
        if isinstance(error, NotImplementedError) or _UNABLE.search(text):
            raise UnsupportedMedia(f"this kind of {kind.name} file is not read: {text}") from error
        if isinstance(error, EOFError) or _SHORT.search(text):
            raise CorruptMedia(f"the {kind.name} file is truncated: {text}") from error
        raise CorruptMedia(f"the {kind.name} file is broken: {text}") from error
