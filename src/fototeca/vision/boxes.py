"""Geometry that the detectors share: pictures fitted to a model's input, anchor-free grids, overlapping boxes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from fototeca.errors import InvalidInput

Picture = npt.NDArray[np.uint8]
"""RGB, height x width x 3."""

Floats = npt.NDArray[np.float32]

Box = tuple[float, float, float, float]
"""Left, top, width and height, as shares (0..1) of the picture."""

MOST_CANDIDATES = 2000
"""So many of the best boxes are compared with one another: a hostile picture cannot make that take long."""


def checked(picture: Picture) -> Picture:
    """The picture itself.

    Raises:
        InvalidInput: It is not an RGB picture of at least one pixel.
    """
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or picture.size == 0:
        raise InvalidInput(f"a picture is height x width x 3 bytes, not {picture.dtype} {picture.shape}")
    return picture


def letterbox(picture: Picture, scale: float, canvas: tuple[int, int], fill: int) -> tuple[Floats, tuple[int, int]]:
    """A picture as the detectors take it: scaled, in the top left corner of a canvas of one grey.

    Args:
        picture: What to fit.
        scale: Pixels of the canvas for one of the picture.
        canvas: Width and height, pixels; at least those of the scaled picture.
        fill: Grey level of the rest.

    Returns:
        float32 [1, 3, height, width], blue first, 0 to 255; and the width and height that the picture takes up.
    """
    high, wide = picture.shape[:2]
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    if size != (wide, high):
        # Two steps where much is lost: many times faster, and no difference to see.
        scaled = Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
        picture = np.asarray(scaled)
    planes = np.full((1, 3, canvas[1], canvas[0]), fill, np.float32)
    planes[0, :, : size[1], : size[0]] = picture[:, :, ::-1].transpose(2, 0, 1)
    return planes, size


def cells(columns: int, rows: int) -> Floats:
    """Column and row of each cell of a grid, row by row: float32 [rows * columns, 2]."""
    row, column = np.mgrid[:rows, :columns]
    return np.stack([column.ravel(), row.ravel()], axis=1).astype(np.float32)


def corners(centres: Floats, sizes: Floats) -> Floats:
    """Boxes as left, top, right and bottom [n, 4], from their centres [n, 2] and their widths and heights [n, 2]."""
    return np.concatenate([centres - sizes / 2, centres + sizes / 2], axis=1)


def within(corner: Floats) -> Box:
    """The part of a box that lies within the picture, from its corners as shares [4]; of no size if it is outside."""
    left, top, right, bottom = np.clip(corner, 0.0, 1.0).tolist()
    return left, top, right - left, bottom - top


def is_there(box: Box) -> bool:
    """Whether a box has any area: one that was found beside the picture has none left."""
    return box[2] > 0 and box[3] > 0


def overlaps(one: Floats, many: Floats) -> Floats:
    """Intersection over union of a box [4] with others [n, 4], all as corners: float32 [n]."""
    shared = np.minimum(one[2:], many[:, 2:]) - np.maximum(one[:2], many[:, :2])
    intersection = np.prod(np.maximum(shared, 0), axis=1)
    union = np.prod(one[2:] - one[:2]) + np.prod(many[:, 2:] - many[:, :2], axis=1) - intersection
    return np.asarray(intersection / np.maximum(union, np.finfo(np.float32).tiny), np.float32)


def suppress(boxes: Floats, scores: Floats, most_overlap: float) -> list[int]:
    """Greedy non-maximum suppression: which boxes stay, the best first.

    A box goes where it overlaps a better one that stays by more than `most_overlap` (intersection over union).

    Args:
        boxes: Corners [n, 4].
        scores: [n]; of equal ones the earlier is the better.
        most_overlap: From 0 to 1.
    """
    waiting = np.argsort(-scores, kind="stable")[:MOST_CANDIDATES]
    kept: list[int] = []
    while waiting.size:
        best, waiting = int(waiting[0]), waiting[1:]
        kept.append(best)
        waiting = waiting[overlaps(boxes[best], boxes[waiting]) <= most_overlap]
    return kept
