"""How a picture looks, as numbers from 0 to 1."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from fototeca.assets import Quality

SIDE = 320
"""Longest side at which pictures are judged, about, pixels; so that pictures of different sizes compare."""

TILES = 8
"""Sharpness is taken in that many rows and columns of tiles."""

TYPICAL_ENERGY = 400.0
"""Energy of the Laplacian that scores one half: sharp photos score about 0.9, and about 0.3 after a Gaussian blur of
1/320 of their longest side."""

CLIPPED = 4
"""So near to black or white, in levels of 255, a pixel shows nothing."""

TOLERANCE = 0.2
"""Standard deviation of the curve that tells how well a grey level is exposed, levels being 0 to 1."""


def judge(image: Image.Image) -> Quality:
    """Sharpness, brightness, contrast and exposure of an upright picture.

    * sharpness = e / (e + `TYPICAL_ENERGY`), where e is the mean square of the 4-neighbour Laplacian of the grey levels
      (M. Subbarao, J.-K. Tyan, "Selecting the optimal focus measure", 1998), taken over the sharpest quarter of the
      picture's tiles: a portrait before a soft background is sharp.
    * brightness = mean grey level / 255.
    * contrast = standard deviation of the grey levels / 127.5; half black and half white is 1.
    * exposure = u * exp(-(m - 0.5)^2 / (2 * `TOLERANCE`^2)), where u is the share of pixels that are not `CLIPPED` and
      m the brightness (the curve of T. Mertens, J. Kautz, F. Van Reeth, "Exposure fusion", 2007).
    """
    grey = image.convert("L").reduce(max(1, round(max(image.size) / SIDE)))
    counts = np.array(grey.histogram(), np.float64)
    levels = np.arange(256)
    pixels = grey.width * grey.height
    mean = float(counts @ levels) / pixels
    seen = float(counts[CLIPPED : 256 - CLIPPED].sum()) / pixels
    deviation = math.sqrt(float(counts @ (levels - mean) ** 2) / pixels)
    return Quality(
        sharpness=round(_sharpness(np.asarray(grey).astype(np.int16)), 4),
        brightness=round(mean / 255, 4),
        contrast=round(min(1.0, deviation / 127.5), 4),
        exposure=round(seen * math.exp(-((mean / 255 - 0.5) ** 2) / (2 * TOLERANCE**2)), 4),
    )


def _sharpness(grey: npt.NDArray[np.int16]) -> float:
    if min(grey.shape) < 3:
        return 0.0
    edges = grey[:-2, 1:-1] + grey[2:, 1:-1]
    edges += grey[1:-1, :-2]
    edges += grey[1:-1, 2:]
    edges -= 4 * grey[1:-1, 1:-1]
    energy = np.square(edges, dtype=np.float32)
    high, wide = (max(1, side // TILES) for side in energy.shape)
    rows, columns = energy.shape[0] // high, energy.shape[1] // wide
    # Whole rows are added first: that runs along memory.
    strips = energy[: rows * high].reshape(rows, high, -1).sum(1)
    tiles = np.sort(strips[:, : columns * wide].reshape(rows, columns, wide).sum(2).ravel()) / (high * wide)
    sharpest = float(tiles[-max(1, len(tiles) // 4) :].mean())
    return sharpest / (sharpest + TYPICAL_ENERGY)
