"""Whether people who cannot tell some colours apart still can tell a picture's colours apart.

Colours are seen as by somebody without one kind of cones: G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, "A
Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, severity 1.0. Distances are those of
CIELAB (CIE 1976, D65).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
from PIL import ImageColor

from fototeca.assets import Colour, Distinctness

CLEAR = 25.0
"""Distance in CIELAB at which two colours are clearly different ones."""

_Array = npt.NDArray[np.float64]

_DEFICIENCIES = np.array((
    ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
))  # fmt: skip
"""Protanopia, deuteranopia and tritanopia, each from and to linear RGB."""
_TO_XYZ = np.array((
    (0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041),
))  # fmt: skip
"""From linear RGB with the primaries of sRGB."""
_WHITE = _TO_XYZ.sum(1)


def judge(colours: Sequence[Colour]) -> Distinctness:
    """How well the colours of a picture stay apart, and which two of them stay apart least.

    A pair scores d / min(n, `CLEAR`), at most 1, where n is its distance as most people see it and d the smallest that
    it has for any of the deficiencies. The worst pair's score is the picture's; a picture of one colour scores 1.

    Args:
        colours: Its predominant colours.
    """
    if len(colours) < 2:
        return Distinctness(score=1.0)
    seen = _linear(np.array([ImageColor.getrgb(colour.hex)[:3] for colour in colours], np.float64))
    usual = _lab(seen)
    others = [_lab((seen @ matrix.T).clip(0, 1)) for matrix in _DEFICIENCIES]
    scores = {}
    for one, other in combinations(range(len(colours)), 2):
        normal = float(np.linalg.norm(usual[one] - usual[other]))
        least = min(float(np.linalg.norm(lab[one] - lab[other])) for lab in others)
        scores[one, other] = min(1.0, least / max(min(normal, CLEAR), 1e-9))
    worst = min(scores, key=scores.__getitem__)
    return Distinctness(score=round(scores[worst], 4), pair=(colours[worst[0]].hex, colours[worst[1]].hex))


def _linear(rgb: _Array) -> _Array:
    """From sRGB, 0 to 255, to linear light, 0 to 1 (IEC 61966-2-1)."""
    share = rgb / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _lab(linear: _Array) -> _Array:
    xyz = linear @ _TO_XYZ.T / _WHITE
    root = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = root.T
    return np.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), 1)
