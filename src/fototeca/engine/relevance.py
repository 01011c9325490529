"""How good a cosine is: how far it stands out from what its query finds in the library at random.

The sample are the 1,000 live documents with a row in the space (of the whole index, whatever the filter) whose
`scatter(id)` is smallest. With the sample's best cosines c, centre = median(c) and spread = max(1.4826 * median(|c -
centre|), 0.02), a robust deviation:

    relevance = 1 / (1 + exp(3 - (score - centre) / spread))

so a document three deviations above the library's usual likeness gets one half.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fototeca.engine.arrays import Array

SAMPLE = 1000
_LEAST_SPREAD = 0.02
_DEVIATIONS = 3.0
_MAD_TO_DEVIATION = 1.4826


@dataclass(frozen=True, slots=True)
class Usual:
    """What a query finds at random.

    Attributes:
        cosines: Those of the sample, ascending; float64.
        centre: Their median.
        spread: Their deviation.
    """

    cosines: NDArray[np.float64]
    centre: float
    spread: float

    @classmethod
    def of(cls, cosines: Array) -> Self:
        """Return what is usual, given the cosines of a sample."""
        ascending = np.sort(cosines.astype(np.float64))
        centre = _median(ascending)
        deviation = _MAD_TO_DEVIATION * _median(np.sort(np.abs(ascending - centre)))
        return cls(ascending, centre, max(deviation, _LEAST_SPREAD))

    def relevance(self, scores: Array) -> NDArray[np.float64]:
        """Return the relevance of cosines; 0 where nothing is known of the library."""
        if not len(self.cosines):
            return np.zeros(len(scores))
        return 1 / (1 + np.exp(_DEVIATIONS - (scores - self.centre) / self.spread))

    def cosine(self, relevance: float) -> float:
        """Return the cosine of a relevance between 0 and 1."""
        return self.centre + self.spread * (_DEVIATIONS - math.log(1 / relevance - 1))

    def share(self, least: float) -> float:
        """Return about which share of all documents is at least so relevant."""
        return float(np.mean(self.relevance(self.cosines) >= least)) if len(self.cosines) else 0.0

    def positions(self, cosines: NDArray[np.float64], worst: float, count: int, total: int) -> NDArray[np.float64]:
        """Return estimated positions of documents behind the best.

        The logarithm of the position is taken to be linear between the last of the best and the documents behind it.

        Args:
            cosines: The documents' cosines.
            worst: Cosine of the last of the best.
            count: How many the best are.
            total: How many documents there are.
        """
        behind = self.cosines[: np.searchsorted(self.cosines, worst)]
        ahead = len(self.cosines) - np.arange(len(behind))
        heights = np.log(np.append(np.maximum(ahead / len(self.cosines) * total, count), max(count, 1)))
        logarithms: NDArray[np.float64] = np.interp(cosines, np.append(behind, worst), heights)
        return np.exp(logarithms) + 1


def scatter(ids: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return a fixed pseudo-random number for each id (the finaliser of SplitMix64; Steele, Lea and Flood, 2014)."""
    z = ids.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _median(ascending: NDArray[np.float64]) -> float:
    """Return the median; `np.median` takes ten times as long for so few. Of nothing it is 0."""
    half = len(ascending) // 2
    if not len(ascending):
        return 0.0
    return float(ascending[half] if len(ascending) % 2 else (ascending[half - 1] + ascending[half]) / 2)
