"""Digests of a file's bytes, and hashes of what a picture looks like."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import BinaryIO, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Floats: TypeAlias = npt.NDArray[np.floating]
_CHUNK = 1 << 20

_COARSE = 4


class Digests(NamedTuple):
    """Digests of the same bytes, lower-case hex."""

    sha256: str
    sha1: str
    md5: str


def digests(file: BinaryIO) -> Digests:
    """SHA-256 names the file; SHA-1 and MD5 are what other services know it by, not a protection.

    Args:
        file: Read from where it stands to its end, a part at a time.
    """
    hashes = hashlib.sha256(), hashlib.sha1(usedforsecurity=False), hashlib.md5(usedforsecurity=False)
    while chunk := file.read(_CHUNK):
        for one in hashes:
            one.update(chunk)
    sha256, sha1, md5 = (one.hexdigest() for one in hashes)
    return Digests(sha256, sha1, md5)


@lru_cache(maxsize=256)
def _cosines(length: int, count: int) -> Floats:
    """The first `count` rows of the DCT-II of that length, not normalised: `cos(pi / length * k * (x + 1/2))`."""
    k, x = np.arange(count)[:, None], np.arange(length)[None, :]
    return np.cos(np.pi / length * k * (x + 0.5)).astype(np.float32)


_WAVES = _cosines(_COARSE, 7)


def phash(small: Image.Image) -> str:
    """The 64-bit perceptual hash of a picture, 16 hex digits; likeness is the number of equal bits.

    The picture in grey at 32x32 is transformed by a DCT; a bit of the hash, rows first, tells whether one of the 8x8
    lowest frequencies exceeds their median. Source: C. Zauner, "Implementation and benchmarking of perceptual image
    hash functions", 2010.

    Args:
        small: A picture, reduced to about 64 pixels or not.
    """
    grey = np.asarray(small.convert("L").resize((32, 32), Image.Resampling.BILINEAR), np.float32)
    basis = _cosines(32, 8)
    low = (basis @ grey @ basis.T).ravel()
    return np.packbits(low > np.sort(low)[31:33].mean()).tobytes().hex()


def thumbhash(small: Image.Image) -> str:
    """The ThumbHash of a picture, base64: a blurred preview in some 25 bytes.

    Source: the format's public description, https://evanw.github.io/thumbhash/. Luminance, yellow-blue, red-green and
    alpha are each reduced to a few cosines, whose weights are kept in four bits.

    Args:
        small: A reduced picture, sides at most 100.
    """
    width, height = small.size
    red, green, blue, alpha = np.asarray(small.convert("RGBA"), np.float32).transpose(2, 0, 1) / 255
    transparent = bool(alpha.min() < 1)
    if transparent:
        covered = max(float(alpha.sum()), 1e-6)
        red, green, blue = (
            float((colour * alpha).sum()) / covered * (1 - alpha) + colour * alpha for colour in (red, green, blue)
        )
    detail = 5 if transparent else 7
    columns = max(1, round(detail * width / max(width, height)))
    rows = max(1, round(detail * height / max(width, height)))
    luminance = _channel((red + green + blue) / 3, max(3, columns), max(3, rows))
    yellow = _channel((red + green) / 2 - blue, 3, 3)
    reddish = _channel(red - green, 3, 3)

    landscape = width > height
    head24 = round(63 * luminance.mean) | round(31.5 + 31.5 * yellow.mean) << 6
    head24 |= round(31.5 + 31.5 * reddish.mean) << 12 | round(31 * luminance.scale) << 18 | transparent << 23
    head16 = (rows if landscape else columns) | round(63 * yellow.scale) << 3
    head16 |= round(63 * reddish.scale) << 9 | landscape << 15
    hashed = head24.to_bytes(3, "little") + head16.to_bytes(2, "little")
    channels = [luminance, yellow, reddish]
    if transparent:
        channels.append(_channel(alpha, 5, 5))
        hashed += bytes([round(15 * channels[3].mean) | round(15 * channels[3].scale) << 4])
    return base64.b64encode(hashed + _nibbles(channels)).decode()


def coarse(hashed: Sequence[str]) -> Floats:
    """What ThumbHashes show, as far as all of them show it: to compare pictures without decoding any.

    Returns:
        Luminance, yellow-blue and red-green of 4x4 places, float32 [hashes, 3, 4, 4].
    """
    read = [base64.b64decode(text) for text in hashed]
    layouts = [_layout(data) for data in read]
    shown = np.empty((len(read), 3, _COARSE, _COARSE), np.float32)
    for layout in set(layouts):
        at = [i for i, of in enumerate(layouts) if of == layout]
        shown[at] = _decoded(np.array([list(read[i]) for i in at], np.int32), layout)
    return shown


class _Layout(NamedTuple):
    """What decides where in a ThumbHash the weights are."""

    columns: int
    rows: int
    transparent: bool


def _layout(data: bytes) -> _Layout:
    transparent, landscape, short = bool(data[2] >> 7), bool(data[4] >> 7), max(3, data[3] & 7)
    long = 5 if transparent else 7
    return _Layout(*((long, short) if landscape else (short, long)), transparent)


def _decoded(data: npt.NDArray[np.int32], layout: _Layout) -> Floats:
    head24, head16 = data[:, 0] | data[:, 1] << 8 | data[:, 2] << 16, data[:, 3] | data[:, 4] << 8
    means = (head24 & 63) / 63, (head24 >> 6 & 63) / 31.5 - 1, (head24 >> 12 & 63) / 31.5 - 1
    scales = (head24 >> 18 & 31) / 31, (head16 >> 3 & 63) / 63, (head16 >> 9 & 63) / 63
    packed = data[:, 6 if layout.transparent else 5 :]
    weights = np.stack([packed & 15, packed >> 4], -1).reshape(len(data), -1) / 7.5 - 1
    shown, used = [], 0
    for mean, scale, (columns, rows) in zip(means, scales, (layout[:2], (3, 3), (3, 3)), strict=True):
        # Where `_channel` keeps weights; each but the mean's stands for two cosines along an axis it varies on.
        kept = [(y, x) for y in range(rows) for x in range(int(y == 0), -(-columns * (rows - y) // rows))]
        waves = np.array([np.outer(_WAVES[y], _WAVES[x]) * (1 + (y > 0)) * (1 + (x > 0)) for y, x in kept])
        picture = weights[:, used : used + len(kept)] @ waves.reshape(len(kept), -1) * scale[:, None] + mean[:, None]
        shown.append(picture.reshape(-1, _COARSE, _COARSE))
        used += len(kept)
    return np.stack(shown, 1).astype(np.float32)


class _Channel(NamedTuple):
    """One channel as its mean, the largest cosine weight, and all weights scaled to 0..1."""

    mean: float
    scale: float
    weights: Floats


def _channel(values: Floats, columns: int, rows: int) -> _Channel:
    height, width = values.shape
    weights = _cosines(height, rows) @ values @ _cosines(width, columns).T / (width * height)
    # Only the upper left triangle is kept, row by row, without the mean itself.
    kept = np.concatenate([weights[y, int(y == 0) : -(-columns * (rows - y) // rows)] for y in range(rows)])
    scale = float(np.abs(kept).max(initial=0.0))
    return _Channel(float(weights[0, 0]), scale, 0.5 + kept / (2 * scale) if scale else kept)


def _nibbles(channels: list[_Channel]) -> bytes:
    """The weights in four bits each, the lower half of a byte first."""
    nibbles = np.floor(np.concatenate([channel.weights for channel in channels]) * 15 + 0.5).astype(np.uint8)
    if len(nibbles) % 2:
        nibbles = np.append(nibbles, np.uint8(0))
    return (nibbles[0::2] | nibbles[1::2] << 4).tobytes()
