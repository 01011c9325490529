"""The predominant colours of a picture, by the names people use."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from fototeca.assets import Colour

NAMES = (
    "black", "gray", "white", "brown", "red", "orange", "yellow", "lime", "green", "teal", "cyan", "azure", "blue",
    "purple", "pink", "olive",
)  # fmt: skip
"""The whole palette; a colour is one of these."""

SMALLEST_SHARE = 0.02
"""A colour of fewer of the pixels is not predominant."""

# Where each hue ends, degrees; what follows the last is red again.
_HUES = (
    (12, "red"), (42, "orange"), (66, "yellow"), (96, "lime"), (162, "green"), (194, "cyan"),
    (216, "azure"), (258, "blue"), (296, "purple"), (342, "pink"), (360, "red"),
)  # fmt: skip


def predominant(small: Image.Image) -> tuple[Colour, ...]:
    """The colours of a small picture that cover at least `SMALLEST_SHARE` of what is visible of it, largest first.

    Args:
        small: A reduced picture, mode L, RGB or RGBA; every visible pixel of it is named.
    """
    pixels = np.asarray(small.convert("RGB")).reshape(-1, 3)
    if small.mode == "RGBA":
        pixels = pixels[np.asarray(small.getchannel("A")).ravel() >= 128]
    if not len(pixels):
        return ()
    red, green, blue = (pixels >> 3).T.astype(np.uint16)
    names = _cube()[red << 10 | green << 5 | blue]
    counts = np.bincount(names, minlength=len(NAMES))
    sums = np.stack([np.bincount(names, channel, len(NAMES)) for channel in pixels.T], 1)
    order = [name for name in np.argsort(-counts, kind="stable") if counts[name] >= SMALLEST_SHARE * len(pixels)]
    return tuple(
        Colour(
            name=NAMES[name],
            hex="#{:02x}{:02x}{:02x}".format(*np.rint(sums[name] / counts[name]).astype(int).tolist()),
            share=round(float(counts[name] / len(pixels)), 4),
        )
        for name in order
    )


def grayscale(small: Image.Image) -> bool:
    """Whether a small picture is without colour: in 99 of 100 pixels the channels differ by 8 of 255 at most."""
    if small.mode == "L":
        return True
    red, green, blue = np.moveaxis(np.asarray(small.convert("RGB")), 2, 0)
    spread = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    return bool(np.mean(spread > 8) <= 0.01)


@lru_cache(maxsize=1)
def _cube() -> npt.NDArray[np.uint8]:
    """The name of each of 32x32x32 colours, as an index into `NAMES`, red slowest."""
    levels = (np.arange(32) * 255 / 31).astype(np.float32)
    red, green, blue = (axis.ravel() for axis in np.meshgrid(levels, levels, levels, indexing="ij"))
    high, low = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    spread = np.maximum(high - low, 1e-6)
    hue = np.select(
        [high == red, high == green],
        [((green - blue) / spread) % 6, (blue - red) / spread + 2],
        (red - green) / spread + 4,
    )
    hue *= 60
    light = (high + low) / 2
    chroma = high - low

    index = {name: number for number, name in enumerate(NAMES)}
    named = np.array([index[name] for _, name in _HUES], np.uint8)
    result: npt.NDArray[np.uint8] = named[
        np.searchsorted([end for end, _ in _HUES], hue, side="right").clip(max=len(_HUES) - 1)
    ]
    # Some names are for dark or pale shades only: dark cyan is teal, dark magenta purple.
    result[(result == index["cyan"]) & (light < 104)] = index["teal"]
    result[(hue >= 296) & (hue < 325) & (light < 84)] = index["purple"]
    # Dark yellow is olive, dark orange is what people call brown; pale red is pink.
    result[(hue >= 45) & (hue < 90) & (light < 92)] = index["olive"]
    result[(hue >= 12) & (hue < 45) & (light < 112) & (chroma < 150)] = index["brown"]
    result[(hue >= 45) & (hue < 60) & (light < 72)] = index["brown"]
    result[((hue < 12) | (hue >= 342)) & (light > 176)] = index["pink"]
    # Little chroma is no colour; towards white the eye needs more of it, towards black any is lost.
    gray = chroma < np.where(light > 200, 20, 26)
    result[gray] = index["gray"]
    result[gray & (light > 220)] = index["white"]
    result[(gray & (light < 44)) | (high < 38)] = index["black"]
    return result
