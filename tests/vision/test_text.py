"""Words in pictures, read by the real reader where it is installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFont, ImageOps

from fototeca.assets import Word
from fototeca.errors import ModelError
from fototeca.vision import text
from fototeca.vision.text import TextReader

pytest.importorskip("rapidocr", reason="needs the extra fototeca[ocr]")

Picture = npt.NDArray[np.uint8]
PLATE = (150, 150, 490, 240)
SIZE = (640, 400)


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader()


def plate(words: str = "RE16 TGK") -> Picture:
    """A car's number plate on a green wall."""
    image = Image.new("RGB", SIZE, (60, 80, 60))
    draw = ImageDraw.Draw(image)
    draw.rectangle(PLATE, "yellow")
    draw.text((170, 160), words, font=ImageFont.load_default(64), fill="black")
    return np.asarray(image)


def inside(word: Word, box: tuple[float, float, float, float]) -> bool:
    x, y, width, height = word.box
    return box[0] - 0.05 <= x <= x + width <= box[2] + 0.05 and box[1] - 0.05 <= y <= y + height <= box[3] + 0.05


def test_words_have_places_and_an_order(reader: TextReader) -> None:
    words = reader.read(plate())
    assert [word.text for word in words] == ["RE16", "TGK"]
    left, top, right, bottom = PLATE
    where = (left / SIZE[0], top / SIZE[1], right / SIZE[0], bottom / SIZE[1])
    assert all(inside(word, where) for word in words)
    assert words[0].box[0] + words[0].box[2] < words[1].box[0]
    assert all(0.9 < word.confidence <= 1 for word in words)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_picture_says_the_same(reader: TextReader, turns: int) -> None:
    words = reader.read(np.rot90(plate(), turns))
    assert [word.text for word in words] == ["RE16", "TGK"]
    upright = reader.read(plate())
    for word, expected in zip(words, upright, strict=True):
        x, y, width, height = expected.box
        corners = np.array([(x, y), (x + width, y + height)])
        for _ in range(turns):  # counter-clockwise
            corners = np.stack([corners[:, 1], 1 - corners[:, 0]], axis=1)
        low, high = corners.min(axis=0), corners.max(axis=0)
        assert np.abs(np.array(word.box) - [*low, *(high - low)]).max() < 0.06


def test_lines_are_told_apart(reader: TextReader) -> None:
    image = Image.new("RGB", (800, 300), "white")
    draw = ImageDraw.Draw(image)
    for line, words in enumerate(("OPEN DAILY", "from nine to five")):
        draw.text((60, 50 + 110 * line), words, font=ImageFont.load_default(56), fill="black")
    read = reader.read(np.asarray(image))
    assert [(word.text, word.line) for word in read] == [
        ("OPEN", 0), ("DAILY", 0), ("from", 1), ("nine", 1), ("to", 1), ("five", 1)
    ]  # fmt: skip


@pytest.mark.parametrize("size", [(1, 1), (2, 900), (20, 1440), (64, 64)])
def test_pictures_without_words(reader: TextReader, size: tuple[int, int]) -> None:
    assert reader.read(np.full((*size, 3), 128, np.uint8)) == []


def test_a_real_photo_of_notes(reader: TextReader, shared: Path) -> None:
    with Image.open(shared / "photos/phones/albums/text/handwritten-notes.jpg") as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.thumbnail((960, 960))
    read = {word.text.lower() for word in reader.read(np.asarray(upright))}
    assert {"important", "remember", "documents", "find"} <= read


@pytest.mark.usefixtures("offline")
def test_nothing_is_fetched() -> None:
    assert TextReader().read(np.full((32, 32, 3), 255, np.uint8)) == []


def test_without_the_extra_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "rapidocr", None)
    with pytest.raises(ModelError, match="fototeca\\[ocr\\]"):
        TextReader()
    monkeypatch.setattr(text, "PACKAGE", "no-such-package")
    assert text.installed_reader() is None
    with pytest.raises(ModelError, match="fototeca\\[ocr\\]"):
        text.version()
