"""Contact sheets: what was found, to look at; from photos that anyone may show (CC0, scikit-image's samples)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps
from skimage import data

from benchmarks.quality.copies import copies
from benchmarks.quality.figures import SHARED, Picture, clothing, load
from fototeca.media.same import same, sketch
from fototeca.vision import FaceDetector, ObjectDetector, TwoTower

SIDE = 128
LABEL = 16
BYTES = 150_000
"""A sheet is no larger than that."""
QUERIES = ("a photo of a dress", "a photo of shoes", "a white t-shirt", "a photo of a hat")
SEEN = ("astronaut", "coffee", "chelsea")

Cell = tuple[Image.Image, str, bool]
"""A picture, what to write below it, and whether it is right."""


def write(folder: Path) -> None:
    """Draw every sheet into a folder."""
    folder.mkdir(exist_ok=True)
    photos = clothing()
    for name, rows in (("copies", copy_rows(photos)), ("search", search_rows(photos)), ("regions", region_rows())):
        _draw(rows, folder / f"{name}.jpg")


def copy_rows(photos: dict[str, list[Path]]) -> list[list[Cell]]:
    """Photos with their copies, and another photo of the same class; a frame where the verdict is wrong."""
    random, rows = np.random.default_rng(1), []
    for paths in list(photos.values())[1:5]:
        photo, other = (Image.fromarray(load(path)) for path in paths[:2])
        changed = [("original", photo)]
        changed += [(done, Image.open(io.BytesIO(file)).convert("RGB")) for done, file in copies(photo, random)]
        verdicts = same([sketch(photo)] * 8, [*(sketch(copy) for _, copy in changed[1:]), sketch(other)])
        shown = [*changed, ("another photo", other)]
        right = [True, *verdicts[:-1].tolist(), not verdicts[-1]]
        rows.append([(picture, done, good) for (done, picture), good in zip(shown, right, strict=True)])
    return rows


def search_rows(photos: dict[str, list[Path]]) -> list[list[Cell]]:
    """The photos that fit a text best, with their classes; a frame where the class is another."""
    model = TwoTower.open(SHARED / "models/mini-dual")
    paths = [(name, path) for name, some in photos.items() for path in some]
    vectors = model.embed_images([load(path) for _, path in paths])
    rows = []
    for query in QUERIES:
        best = np.argsort(-vectors @ model.embed_texts([query])[0])[:7]
        found = [(paths[i][0], Image.fromarray(load(paths[i][1]))) for i in best]
        rows.append([(_text(query), "", True), *((photo, name, name in query) for name, photo in found)])
    return rows


def region_rows() -> list[list[Cell]]:
    """Faces and objects in sample photos."""
    faces = FaceDetector.open(SHARED / "models/yunet/dynamic.onnx")
    objects = ObjectDetector.open(SHARED / "models/yolox-nano/model.onnx")
    row: list[Cell] = []
    for name in SEEN:
        picture = np.asarray(Image.fromarray(getattr(data, name)()).convert("RGB"))
        boxes = [(face.box, "face") for face in faces.detect(picture)]
        boxes += [(thing.box, f"{thing.label} {thing.score:.0%}") for thing in objects.detect(picture)]
        row.append((_boxed(picture, boxes), name, True))
    return [row]


def _boxed(picture: Picture, boxes: Sequence[tuple[tuple[float, float, float, float], str]]) -> Image.Image:
    image = Image.fromarray(picture)
    image.thumbnail((2 * SIDE, 2 * SIDE))
    pen = ImageDraw.Draw(image)
    for (left, top, width, height), label in boxes:
        corner = left * image.width, top * image.height
        pen.rectangle((*corner, (left + width) * image.width, (top + height) * image.height), outline="red", width=2)
        place = corner[0] + 4, corner[1] + 2
        pen.rectangle(pen.textbbox(place, label, font=_font()), fill="white")
        pen.text(place, label, "red", _font())
    return image


def _text(words: str) -> Image.Image:
    image = Image.new("RGB", (SIDE, SIDE), "white")
    ImageDraw.Draw(image).multiline_text((6, SIDE // 3), words.replace(" of ", " of\n"), "black", _font())
    return image


def _draw(rows: Sequence[Sequence[Cell]], path: Path) -> None:
    """One cell beside the other; what is wrong is framed."""
    side = max(SIDE, *(max(picture.size) for picture, _, _ in rows[0])) if len(rows) == 1 else SIDE
    sheet = Image.new("RGB", (max(map(len, rows)) * side, len(rows) * (side + LABEL)), "white")
    pen = ImageDraw.Draw(sheet)
    for y, row in enumerate(rows):
        for x, (picture, label, right) in enumerate(row):
            corner = x * side, y * (side + LABEL)
            sheet.paste(ImageOps.pad(picture, (side - 4, side - 4), color="white"), (corner[0] + 2, corner[1] + 2))
            pen.text((corner[0] + 4, corner[1] + side), label, "black" if right else "red", _font())
            if not right:
                pen.rectangle((*corner, corner[0] + side - 1, corner[1] + side - 1), outline="red", width=3)
    for quality in range(85, 20, -5):
        sheet.save(path, quality=quality)
        if path.stat().st_size <= BYTES:
            return


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(11)
