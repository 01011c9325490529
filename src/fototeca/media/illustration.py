"""Whether a picture is drawn rather than taken."""

from __future__ import annotations

import numpy as np
from PIL import Image

FEW = 16
"""Drawings are made of about that many colours."""

SAME, STRONG = 2, 32
"""Neighbours that differ by more than the first and no more than the second, in levels of 255 of any channel, change
gradually."""


def score(small: Image.Image) -> float:
    """Tell a drawing, near 1, from a photo, near 0.

    The score is f * (1 - g), where f is the share of the pixels that have one of the `FEW` most frequent colours, of
    32 levels a channel, and g the share of the pixels that differ gradually from a neighbour. Drawings have few
    colours, and areas that are even and end sharply; light, lenses and sensors give photos many colours that run into
    each other (after V. Athitsos, M. J. Swain, C. Frankel, "Distinguishing photographs and graphics on the World Wide
    Web", 1997).

    Args:
        small: A picture reduced to some 256 pixels, mode L, RGB or RGBA.
    """
    channels = np.ascontiguousarray(np.moveaxis(np.asarray(small.convert("RGB")), 2, 0), np.int16)
    red, green, blue = channels >> 3
    counts = np.bincount((red << 10 | green << 5 | blue).ravel(), minlength=1 << 15)
    few = np.partition(counts, -FEW)[-FEW:].sum() / counts.sum()
    change = np.zeros(channels.shape[1:], np.int16)
    np.maximum(change[:, 1:], np.abs(np.diff(channels, axis=2)).max(0), out=change[:, 1:])
    np.maximum(change[1:], np.abs(np.diff(channels, axis=1)).max(0), out=change[1:])
    gradual = np.mean((change > SAME) & (change <= STRONG))
    return round(float(few * (1 - gradual)), 4)
