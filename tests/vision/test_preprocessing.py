"""Pictures for the image tower, against the documented transform written out plainly with Pillow."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageOps

from fototeca.errors import InvalidInput
from fototeca.vision.preprocessing import Preprocessing

SIZES = [(224, 224), (64, 48), (48, 64), (225, 224), (301, 200), (200, 301), (1000, 30), (30, 1000), (1, 1), (997, 991)]
FILTERS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}


def picture(width: int, height: int) -> npt.NDArray[np.uint8]:
    noise = np.random.default_rng(width * 1000 + height).integers(
        0, 256, (height // 7 + 1, width // 7 + 1, 3), np.uint8
    )
    return np.asarray(Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC))


def reference(image: Image.Image, side: int, mode: str, interpolation: str) -> npt.NDArray[np.float64]:
    """Resize and crop or pad as torchvision documents it, then ToTensor and Normalize with CLIP's numbers."""
    resample = FILTERS[interpolation]
    width, height = image.size
    if mode == "squash":
        image = image.resize((side, side), resample)
    elif mode == "longest":
        scale = side / max(width, height)
        image = image.resize((max(1, round(width * scale)), max(1, round(height * scale))), resample)
        wide, high = side - image.width, side - image.height
        image = ImageOps.expand(image, (wide // 2, high // 2, wide - wide // 2, high - high // 2), (9, 9, 9))
    else:
        short, long = sorted(image.size)
        longer = int(side * long / short)
        image = image.resize((side, longer) if width <= height else (longer, side), resample)
        left, top = round((image.width - side) / 2.0), round((image.height - side) / 2.0)
        image = image.crop((left, top, left + side, top + side))
    scaled = np.asarray(image).astype(np.float64) / 255
    mean, std = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
    return np.stack([(scaled[:, :, channel] - mean[channel]) / std[channel] for channel in range(3)])


@pytest.mark.parametrize("mode", ["shortest", "longest", "squash"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_agrees_with_the_documented_transform(
    mode: Literal["shortest", "longest", "squash"], interpolation: Literal["bicubic", "bilinear"]
) -> None:
    preprocessing = Preprocessing(size=96, resize_mode=mode, interpolation=interpolation, fill_color=9)
    pictures = [picture(*size) for size in SIZES]
    values = preprocessing.batch(pictures)
    assert values.shape == (len(SIZES), 3, 96, 96)
    assert values.dtype == np.float32
    for got, source in zip(values, pictures, strict=True):
        np.testing.assert_allclose(got, reference(Image.fromarray(source), 96, mode, interpolation), atol=1e-5)


def test_a_size_that_is_not_square_is_filled_without_changing_the_aspect_ratio() -> None:
    preprocessing = Preprocessing(size=(20, 40))
    left_half_white = np.zeros((100, 100, 3), np.uint8)
    left_half_white[:, :50] = 255
    seen = preprocessing.batch([left_half_white])[0]
    assert seen.shape == (3, 20, 40)
    assert (seen[:, :, :17] > 1).all()
    assert (seen[:, :, 23:] < -1).all()


def test_bright_red_is_in_the_first_channel() -> None:
    red = np.zeros((5, 7, 3), np.uint8)
    red[:, :, 0] = 255
    seen = Preprocessing(size=4, mean=(0, 0, 0), std=(1, 1, 1)).batch([red])[0]
    assert (seen[0] == 1).all()
    assert (seen[1:] == 0).all()


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 3), np.float32),
    ],
)
def test_other_arrays_are_refused(array: npt.NDArray[np.uint8]) -> None:
    with pytest.raises(InvalidInput, match="not an RGB picture"):
        Preprocessing().batch([array])
