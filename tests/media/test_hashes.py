"""Digests and hashes of looks."""

from __future__ import annotations

import base64
import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from thumbhash import rgba_to_thumb_hash, thumb_hash_to_average_rgba

from fototeca.media.hashes import coarse, digests, phash, thumbhash


def distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def scene(seed: int = 1, size: tuple[int, int] = (256, 192)) -> Image.Image:
    """Something with large and small shapes."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def recompressed(image: Image.Image) -> Image.Image:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=30)
    return Image.open(target)


def test_digests() -> None:
    found = digests(io.BytesIO(b"abc"))
    assert found.sha256 == hashlib.sha256(b"abc").hexdigest()
    assert found.sha1 == "a9993e364706816aba3e25717850c26c9cd0d89d"
    assert found.md5 == "900150983cd24fb0d6963f7d28e17f72"


def test_phash_survives_what_people_do_to_pictures() -> None:
    original = scene()
    for changed in (
        original.resize((100, 75)),
        original.resize((400, 300)),
        ImageEnhance.Brightness(original).enhance(0.8),
        original.convert("L"),
        recompressed(original),
    ):
        assert distance(phash(original), phash(changed)) <= 4


def test_phash_tells_pictures_apart() -> None:
    hashes = [phash(scene(seed)) for seed in range(12)]
    assert min(distance(one, other) for at, one in enumerate(hashes) for other in hashes[:at]) >= 12
    assert all(len(text) == 16 for text in hashes)


def test_phash_of_nothing_in_particular() -> None:
    assert phash(Image.new("L", (1, 1))) == phash(Image.new("RGB", (300, 10))) == "0" * 16


@pytest.mark.parametrize("size", [(64, 48), (48, 64), (100, 100), (100, 7), (3, 100)])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_thumbhash_is_what_another_implementation_makes(size: tuple[int, int], mode: str) -> None:
    image = scene(2, size).convert(mode)
    expected = bytes(rgba_to_thumb_hash(*size, list(image.convert("RGBA").tobytes())))
    found = base64.b64decode(thumbhash(image))
    assert len(found) == len(expected)
    # Both round to four bits; numbers on the border may fall to either side.
    nibbles = [[half for byte in text for half in (byte & 15, byte >> 4)] for text in (found, expected)]
    differences = [abs(one - other) for one, other in zip(*nibbles, strict=True)]
    assert max(differences) <= 1
    assert sum(differences) <= 2


def test_thumbhash_of_a_transparent_picture() -> None:
    """The other implementation fails to write these, but reads them."""
    image = Image.new("RGBA", (60, 40), (200, 40, 40, 255))
    image.paste((0, 0, 0, 0), (0, 0, 30, 40))
    hashed = list(base64.b64decode(thumbhash(image)))
    red, green, blue, alpha = thumb_hash_to_average_rgba(hashed)
    assert abs(red * 255 - 200) < 12
    assert max(abs(green * 255 - 40), abs(blue * 255 - 40)) < 12
    assert abs(alpha - 0.5) < 0.05
    assert hashed[2] & 0x80


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (1, 100)])
def test_thumbhash_of_degenerate_sizes(size: tuple[int, int]) -> None:
    hashed = list(base64.b64decode(thumbhash(Image.new("RGB", size, (0, 128, 255)))))
    assert np.allclose(thumb_hash_to_average_rgba(hashed), (0, 0.5, 1, 1), atol=0.04)


def test_thumbhash_of_nothing_to_see() -> None:
    assert base64.b64decode(thumbhash(Image.new("RGBA", (8, 8), (9, 9, 9, 0))))


@pytest.mark.parametrize("size", [(64, 48), (48, 64), (80, 80), (100, 30)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_what_a_thumbhash_shows_from_afar(size: tuple[int, int], mode: str) -> None:
    seen = np.linspace(0, 1, size[0])[None, :] * np.linspace(1, 0.4, size[1])[:, None]
    image = Image.fromarray((np.stack([seen, seen**2, 1 - seen], -1) * 255).astype(np.uint8)).convert(mode)
    if mode == "RGBA":
        image.putpixel((0, 0), (0, 0, 0, 0))
    [luminance, yellow, reddish] = coarse([thumbhash(image)])[0]
    tiny = np.asarray(image.convert("RGB").resize((4, 4), Image.Resampling.BOX), np.float32) / 255
    red, green, blue = tiny.transpose(2, 0, 1)
    np.testing.assert_allclose(luminance, tiny.mean(2), atol=0.05)
    np.testing.assert_allclose(yellow, (red + green) / 2 - blue, atol=0.1)
    np.testing.assert_allclose(reddish, red - green, atol=0.1)


def test_thumbhashes_of_all_kinds_are_read_together() -> None:
    images = [scene(seed, size) for seed, size in enumerate([(64, 48), (48, 64), (64, 48), (64, 64)])]
    images.append(images[0].convert("RGBA"))
    images[-1].putpixel((0, 0), (0, 0, 0, 0))
    hashed = [thumbhash(image) for image in images]
    np.testing.assert_array_equal(coarse(hashed), np.concatenate([coarse([one]) for one in hashed]))
    assert coarse([]).shape == (0, 3, 4, 4)


def test_copies_of_photos_are_near_and_others_far(shared: Path) -> None:
    paths = sorted((shared / "photos/captioned").glob("*.jpg"))[:60]
    hashes = [phash(Image.open(path)) for path in paths]
    smaller = [phash(Image.open(path).resize((150, 150))) for path in paths]
    assert max(distance(one, other) for one, other in zip(hashes, smaller, strict=True)) <= 6
    assert np.median([distance(one, other) for at, one in enumerate(hashes) for other in hashes[:at]]) > 24
