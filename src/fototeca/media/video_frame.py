"""A decoded frame of a video, and the upright pictures that can be made of it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from fototeca.media.decode import LARGEST, UPRIGHT, fit

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

Thumbnail: TypeAlias = npt.NDArray[np.int16]

_SQUARE = Fraction(1)
_MOST_STRETCHED = 20
_UNSPECIFIED, _BT709 = 2, 1

# EXIF orientation by the signs of a, b, c and d of the display matrix, by which (x, y) is shown at (ax + cy, bx + dy)
# (ISO/IEC 14496-12, 8.2.2).
_ORIENTATIONS = {
    (1, 0, 0, 1): 1,
    (-1, 0, 0, 1): 2,
    (-1, 0, 0, -1): 3,
    (1, 0, 0, -1): 4,
    (0, 1, 1, 0): 5,
    (0, 1, -1, 0): 6,
    (0, -1, -1, 0): 7,
    (0, -1, 1, 0): 8,
}


class Frame(NamedTuple):
    """A frame.

    Attributes:
        seconds: From the video's start.
        decoded: Its pixels, as the codec gives them.
        pixel: Width by height of one of its pixels, as the container says.
    """

    seconds: float
    decoded: VideoFrame
    pixel: Fraction = _SQUARE

    @property
    def orientation(self) -> int:
        """How the picture is to be turned, as an EXIF orientation (1 to 8)."""
        side_data: Any = self.decoded.side_data
        if "DISPLAYMATRIX" not in side_data:
            return 1
        a, b, _, c, d = np.sign(np.frombuffer(side_data["DISPLAYMATRIX"], np.int32)[:5]).tolist()
        return _ORIENTATIONS.get((a, b, c, d), 1)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as it is to be seen: with square pixels, and upright."""
        width, height = self._square()
        return (height, width) if self.orientation >= 5 else (width, height)

    def picture(self, longest: int = LARGEST) -> Image.Image:
        """The frame as it is to be seen: RGB, sides at most `longest`."""
        size = fit(self._square(), longest)
        frame = self.decoded.reformat(*size, "rgb24", interpolation="AREA", src_colorspace=self._colour_space())
        image = Image.fromarray(frame.to_ndarray())
        turn = UPRIGHT.get(self.orientation)
        return image if turn is None else image.transpose(turn)

    def thumbnail(self, size: tuple[int, int]) -> Thumbnail:
        """The frame made small, as it is stored: luma and two chromas, of shape (3, height, width), 0 to 255."""
        return self.decoded.reformat(*size, "yuv444p", interpolation="AREA").to_ndarray().astype(np.int16)

    def _square(self) -> tuple[int, int]:
        """The frame's size once its pixels are made square, by widening it or making it taller."""
        shape = self.pixel if Fraction(1, _MOST_STRETCHED) <= self.pixel <= _MOST_STRETCHED else _SQUARE
        width, height = self.decoded.width * max(shape, _SQUARE), self.decoded.height / min(shape, _SQUARE)
        return max(1, round(width)), max(1, round(height))

    def _colour_space(self) -> int | None:
        """BT.709 for high definition that does not tell, as players take it; else `None`, with which FFmpeg decides."""
        untold = self.decoded.colorspace == _UNSPECIFIED
        return _BT709 if untold and self.decoded.height >= 720 else None
