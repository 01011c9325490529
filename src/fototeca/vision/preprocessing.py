"""From a picture to what a two-tower model's image tower takes, as `preprocess_cfg.json` says.

The file and its meaning are OpenCLIP's; the steps are those of its documented evaluation transform, which is
torchvision's on Pillow pictures: resize, crop or pad around the centre, scale to 0..1, then normalise.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt
from PIL import Image

from fototeca.errors import InvalidInput

_FILTERS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}


class Preprocessing(msgspec.Struct, frozen=True):
    """How pictures are prepared; the defaults are OpenCLIP's, with the mean and deviation of OpenAI's CLIP.

    Attributes:
        size: Side of the square that the model sees, or its height and width, in pixels.
        mean: What is subtracted from red, green and blue, each in 0..1.
        std: What they are then divided by.
        interpolation: "random" was for training; it means bicubic here.
        resize_mode: "shortest" fits the shorter side and crops the longer one, "longest" fits the longer side and
            pads the shorter one, "squash" ignores the aspect ratio.
        fill_color: Grey value of the padding.
    """

    size: int | tuple[int, int] = 224
    mode: Literal["RGB"] = "RGB"
    mean: tuple[float, float, float] = (0.48145466, 0.4578275, 0.40821073)
    std: tuple[float, float, float] = (0.26862954, 0.26130258, 0.27577711)
    interpolation: Literal["bicubic", "bilinear", "random"] = "bicubic"
    resize_mode: Literal["shortest", "longest", "squash"] = "shortest"
    fill_color: int = 0

    def __post_init__(self) -> None:
        if min(self.image_size) < 1:
            raise ValueError(f"a picture has no size of {self.size}")

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width of what the model sees."""
        return (self.size, self.size) if isinstance(self.size, int) else self.size

    def batch(
        self, pictures: Sequence[npt.NDArray[np.uint8]], *, threads: int | None = None
    ) -> npt.NDArray[np.float32]:
        """Prepare pictures.

        Args:
            pictures: RGB values, each height x width x 3, of any size.
            threads: How many threads work on them; by default about one for each core.

        Returns:
            Normalised values, [pictures, 3, height, width] of `image_size`.

        Raises:
            InvalidInput: An array is no such picture.
        """
        values = np.empty((len(pictures), 3, *self.image_size), np.float32)
        with ThreadPoolExecutor(threads) as pool:  # Pillow and numpy let go of the interpreter's lock
            for _ in pool.map(self._fill, values, pictures):
                pass
        return values

    def _fill(self, values: npt.NDArray[np.float32], picture: npt.NDArray[np.uint8]) -> None:
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or 0 in picture.shape:
            raise InvalidInput(f"not an RGB picture: {picture.dtype} of shape {picture.shape}")
        seen = np.asarray(self._framed(Image.fromarray(picture)))
        mean, std = (np.array(each, np.float32).reshape(3, 1, 1) for each in (self.mean, self.std))
        np.multiply(seen.transpose(2, 0, 1), 1 / (255 * std), out=values)
        np.subtract(values, mean / std, out=values)

    def _framed(self, image: Image.Image) -> Image.Image:
        height, width = self.image_size
        resized = image.resize(self._target(image.size), _FILTERS.get(self.interpolation, Image.Resampling.BICUBIC))
        if resized.size == (width, height):
            return resized
        if self.resize_mode == "longest":
            canvas = Image.new("RGB", (width, height), (self.fill_color,) * 3)
            canvas.paste(resized, ((width - resized.width) // 2, (height - resized.height) // 2))
            return canvas
        # Half pixels are rounded to even numbers, as torchvision's centre crop does.
        left, top = round((resized.width - width) / 2), round((resized.height - height) / 2)
        return resized.crop((left, top, left + width, top + height))

    def _target(self, size: tuple[int, int]) -> tuple[int, int]:
        """Width and height to resize a picture of this width and height to."""
        height, width = self.image_size
        if self.resize_mode == "squash":
            return width, height
        ratios = size[0] / width, size[1] / height
        if self.resize_mode == "longest" or width != height:
            ratio = max(ratios) if self.resize_mode == "longest" else min(ratios)
            return max(1, round(size[0] / ratio)), max(1, round(size[1] / ratio))
        # torchvision's resize to a single number truncates the longer side instead of rounding it.
        if size[0] <= size[1]:
            return width, int(width * size[1] / size[0])
        return int(height * size[0] / size[1]), height
