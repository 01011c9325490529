"""Whether two pictures are the same photo: resized, compressed anew, slightly cropped, but not another shot.

A hash can only suggest it. Here two pictures are laid over each other and compared piece by piece. Each is a `Sketch`,
a small grey square. A crop appears in it as a change of scale and a shift, separately along both axes, which are found
by least squares from coarse to fine (B. Lucas and T. Kanade, "An iterative image registration technique", 1981). Then
the sketches must correlate as a whole, and nearly every piece that shows anything must correlate by itself: a person
who moved between two shots changes little of the whole, but all of some pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Floats: TypeAlias = npt.NDArray[np.float32]

SIDE = 128
"""Pixels of a sketch's side."""
WHOLE = 0.9
"""Least correlation of two sketches that lie upon each other."""
PIECE = 0.6
"""Least correlation of a piece."""
STRANGE = 0.05
"""Share of the pieces that may correlate less, such as under a watermark."""
FLAT = 3.0
"""Standard deviation, in levels of 255, below which a sketch shows too little to tell photos apart."""

_LEVELS = ((16, 6), (32, 3), (64, 1))
"""Sides of the sketches that are laid over each other, and steps at each."""
_PIECES = 8
"""Pieces along a side."""
_SHOWN = 0.02
"""Variance of a piece that shows something, as a share of the whole's."""
_FARTHEST = 0.14
"""Scale and shift that are looked for: shares of half a side."""
_LONGEST_STEP = 0.06
_TINY = 1e-6


class Sketch(NamedTuple):
    """A picture as it is compared.

    Attributes:
        grey: Grey levels, uint8 [SIDE, SIDE]; the aspect ratio is not kept.
        detail: Pixels of the picture's shorter side: finer than that it shows nothing.
    """

    grey: npt.NDArray[np.uint8]
    detail: int


def sketch(picture: Image.Image) -> Sketch:
    """Reduce a picture to what is compared; a rendition of 256 pixels has all that is needed."""
    grey = picture.convert("L").resize((SIDE, SIDE), Image.Resampling.HAMMING)
    return Sketch(np.asarray(grey), min(picture.size))


def same(ones: Sequence[Sketch], others: Sequence[Sketch]) -> npt.NDArray[np.bool_]:
    """Whether each of some pairs of sketches shows the same photo.

    Returns:
        One truth value for each pair; a picture that shows nothing, such as a black frame, is the same as no other.
    """
    verdict = np.zeros(len(ones), np.bool_)
    # What is finer than the coarser one of two pictures cannot be compared.
    fineness = np.array([min(one.detail, other.detail) for one, other in zip(ones, others, strict=True)])
    sides = np.where(fineness >= SIDE, SIDE, np.where(fineness >= SIDE // 2, SIDE // 2, SIDE // 4))
    for side in set(sides.tolist()):
        at = np.flatnonzero(sides == side).tolist()
        verdict[at] = _same(_stacked(ones, at), _stacked(others, at), side)
    return verdict


def _stacked(sketches: Sequence[Sketch], at: Sequence[int]) -> Floats:
    return np.stack([sketches[i].grey for i in at]).astype(np.float32)


def _same(ones: Floats, others: Floats, side: int) -> npt.NDArray[np.bool_]:
    shows = (ones.std((1, 2)) >= FLAT) & (others.std((1, 2)) >= FLAT)
    verdict = np.zeros(len(ones), np.bool_)
    at = np.flatnonzero(shows)
    if len(at):
        ones, others = ones[at], others[at]
        laid, covered = _warped(_reduced(ones, side), _aligned(ones, others))
        whole, strange = _compared(laid, _reduced(others, side), covered)
        verdict[at] = (whole >= WHOLE) & (strange <= STRANGE)
    return verdict


def _aligned(ones: Floats, others: Floats) -> Floats:
    """Scale and shift along x, then along y, that lay the first sketches over the others; [pairs, 4].

    A place is told as -1 to 1 from edge to edge.
    """
    found = np.tile(np.array([1, 0, 1, 0], np.float32), (len(ones), 1))
    low = np.array([1 - _FARTHEST, -_FARTHEST] * 2, np.float32)
    high = np.array([1 + _FARTHEST, _FARTHEST] * 2, np.float32)
    for side, steps in _LEVELS:
        small, target = _reduced(ones, side), _reduced(others, side)
        for _ in range(steps):
            found = np.clip(found + _step(small, target, found), low, high)
    return found


def _step(ones: Floats, others: Floats, at: Floats) -> Floats:
    """One Gauss-Newton step towards a better alignment."""
    side = ones.shape[1]
    laid, covered = _warped(ones, at)
    laid, target = _normal(laid, covered), _normal(others, covered)
    down, right = (slope * (side / 2) for slope in np.gradient(laid, axis=(1, 2)))
    place = _places(side)
    slopes = np.stack([right * place, right, down * place[:, None], down], -1) * covered[..., None]
    slopes = slopes.reshape(len(ones), side * side, 4)
    rest = ((target - laid) * covered).reshape(len(ones), side * side, 1)
    turned = slopes.transpose(0, 2, 1)
    steps = np.linalg.solve(turned @ slopes + 1e-4 * np.eye(4, dtype=np.float32), turned @ rest)
    clipped: Floats = np.clip(steps[:, :, 0], -_LONGEST_STEP, _LONGEST_STEP)
    return clipped


def _warped(pictures: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Pictures scaled and shifted by linear interpolation, and 1 where they cover the square."""
    rows, covers_y = _interpolated(pictures, at[:, 2], at[:, 3])
    columns, covers_x = _interpolated(rows.transpose(0, 2, 1), at[:, 0], at[:, 1])
    return columns.transpose(0, 2, 1), covers_y[:, :, None] * covers_x[:, None, :]


def _interpolated(pictures: Floats, scale: Floats, shift: Floats) -> tuple[Floats, Floats]:
    """Pictures scaled and shifted along their rows' axis, and 1 for those rows that stay within the edges."""
    side = pictures.shape[1]
    place = (scale[:, None] * _places(side) + shift[:, None] + 1) * (side / 2) - 0.5
    inside = (place >= -0.5) & (place <= side - 0.5)
    place = place.clip(0, side - 1)
    first = np.minimum(place.astype(np.intp), side - 2)
    pair = np.arange(len(pictures))[:, None]
    weight = (place - first)[:, :, None].astype(np.float32)
    low = pictures[pair, first]
    return low + weight * (pictures[pair, first + 1] - low), inside.astype(np.float32)


def _compared(ones: Floats, others: Floats, covered: Floats) -> tuple[Floats, Floats]:
    """Correlation of the whole, and the share of pieces that correlate too little, of each pair."""
    ones, others = _normal(ones, covered), _normal(others, covered)
    whole = (ones * others).sum((1, 2))
    count = covered.sum((1, 2))[:, None]
    first, second, share = _pieces(ones), _pieces(others), _pieces(covered)
    first, second = first - first.mean(2, keepdims=True), second - second.mean(2, keepdims=True)
    spreads = (first**2).mean(2) * count, (second**2).mean(2) * count
    correlation = (first * second).mean(2) * count / np.sqrt(spreads[0] * spreads[1] + _TINY)
    shown = (share.mean(2) > 0.99) & (np.maximum(*spreads) > _SHOWN)
    strange = ((correlation < PIECE) & shown).sum(1) / np.maximum(shown.sum(1), 1)
    return whole, strange


def _normal(pictures: Floats, covered: Floats) -> Floats:
    """Pictures without their mean and of length one, counting what is covered: light and contrast do not matter."""
    mean = (pictures * covered).sum((1, 2), keepdims=True) / covered.sum((1, 2), keepdims=True)
    centred: Floats = (pictures - mean) * covered
    centred /= np.sqrt((centred**2).sum((1, 2), keepdims=True)) + _TINY
    return centred


def _pieces(pictures: Floats) -> Floats:
    """[pairs, pieces, pixels of a piece]."""
    size = pictures.shape[1] // _PIECES
    split = pictures.reshape(len(pictures), _PIECES, size, _PIECES, size)
    return split.transpose(0, 1, 3, 2, 4).reshape(len(pictures), _PIECES * _PIECES, size * size)


def _reduced(pictures: Floats, side: int) -> Floats:
    by = pictures.shape[1] // side
    return pictures.reshape(len(pictures), side, by, side, by).mean((2, 4)) if by > 1 else pictures


def _places(side: int) -> Floats:
    """The middles of pixels along a side, told as -1 to 1 from edge to edge."""
    return ((np.arange(side) + 0.5) / side * 2 - 1).astype(np.float32)
