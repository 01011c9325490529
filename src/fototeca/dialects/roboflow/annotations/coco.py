"""COCO JSON: https://cocodataset.org/#format-data. Boxes are left, top, width, height in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

import msgspec

from fototeca.dialects.roboflow.annotations.shapes import (
    Frame,
    Picture,
    Point,
    Shape,
    area,
    checked_label,
    kept,
    number,
)
from fototeca.errors import InvalidInput


def looks_like(document: Any) -> bool:
    """Whether parsed JSON is a COCO file."""
    return isinstance(document, dict) and isinstance(document.get("images"), list) and "annotations" in document


def read(document: dict[str, Any]) -> dict[str, list[Shape]]:
    """Return the shapes of every image in a file, by the image's `file_name`.

    An annotation without a region, such as the one that the SDK puts where there is none, is left out. Of a mask in
    several parts the largest is kept as the outline, with the box around all of them.

    Raises:
        InvalidInput: A part is missing or of another kind.
    """
    categories = {entry.get("id"): entry.get("name") for entry in _objects(document, "categories")}
    images = {entry.get("id"): entry for entry in _objects(document, "images")}
    found: dict[str, list[Shape | None]] = {str(entry.get("file_name", "")): [] for entry in images.values()}
    # The dummy names an image that is not in the file; it says nothing.
    for entry in _objects(document, "annotations"):
        image = images.get(entry.get("image_id"))
        if image is not None:
            found[str(image.get("file_name", ""))].append(_shape(entry, image, categories))
    return {name: kept(shapes) for name, shapes in found.items()}


def _shape(entry: dict[str, Any], image: dict[str, Any], categories: dict[Any, Any]) -> Shape | None:
    box, rings = entry.get("bbox"), _rings(entry.get("segmentation"))
    if not box and not rings:
        return None
    if entry.get("category_id") not in categories:
        raise InvalidInput(f"the annotation's category {str(entry.get('category_id'))[:40]} is not in its file")
    label = checked_label(categories[entry.get("category_id")])
    frame = Frame(number(image.get("width"), "width"), number(image.get("height"), "height"))
    sure = None if entry.get("score") is None else number(entry["score"], "score")
    largest = max(rings, key=area, default=None)
    outline = None if largest is None else frame.outline(label, largest, confidence=sure)
    if box:
        if not isinstance(box, list) or len(box) != 4:
            raise InvalidInput("a COCO bbox is four numbers")
        left, top, width, height = (number(value, "bbox") for value in box)
        whole = frame.corners(label, left, top, left + width, top + height, confidence=sure)
    else:
        xs, ys = ([point[axis] for ring in rings for point in ring] for axis in (0, 1))
        whole = frame.corners(label, min(xs), min(ys), max(xs), max(ys), confidence=sure)
    if whole is None or outline is None:
        return whole
    return Shape(label, whole.box, outline.polygon, whole.confidence)


def _rings(segmentation: Any) -> list[list[Point]]:
    """Return the outlines of a mask; run lengths, which are for crowds, give none."""
    if not isinstance(segmentation, list):
        return []
    rings = segmentation if segmentation and isinstance(segmentation[0], list) else [segmentation]
    found = []
    for ring in rings:
        values = [number(value, "segmentation") for value in ring]
        if len(values) >= 6 and len(values) % 2 == 0:
            found.append(list(zip(values[::2], values[1::2], strict=True)))
    return found


def _objects(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    entries = document.get(name)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InvalidInput(f'the "{name}" of a COCO file is a list of objects')
    hashable = ("id", "image_id", "category_id")
    if any(isinstance(entry.get(key), list | dict) for entry in entries for key in hashable):
        raise InvalidInput(f'the ids in the "{name}" of a COCO file are numbers')
    return entries


def write(pictures: Sequence[Picture], classes: Sequence[str]) -> bytes:
    """Return a COCO file of pictures; category 0 is the group that all classes are of."""
    numbers = {name: place for place, name in enumerate(classes, 1)}
    ids = count()
    categories = [{"id": 0, "name": "objects", "supercategory": "none"}]
    categories += [{"id": place, "name": name, "supercategory": "objects"} for name, place in numbers.items()]
    document = {
        "info": {"description": "Exported from Fototeca", "version": "1"},
        "licenses": [],
        "categories": categories,
        "images": [
            {
                "id": place,
                "license": None,
                "file_name": picture.name,
                "width": picture.width,
                "height": picture.height,
                "extra": {"name": picture.original, "user_metadata": picture.metadata},
            }
            for place, picture in enumerate(pictures)
        ],
        "annotations": [
            {"id": next(ids), "image_id": place, "category_id": numbers[shape.label], **_entry(shape, picture)}
            for place, picture in enumerate(pictures)
            for shape in picture.shapes
        ],
    }
    return msgspec.json.encode(document)


def _entry(shape: Shape, picture: Picture) -> dict[str, Any]:
    """Return where a shape is; what is said of the whole picture has the whole picture as its box."""
    left, top, width, height = shape.box or (0.0, 0.0, 1.0, 1.0)
    across, down = picture.width, picture.height
    box = [round(value, 3) for value in (left * across, top * down, width * across, height * down)]
    outline = [round(value, 3) for x, y in shape.polygon or () for value in (x * across, y * down)]
    return {
        "bbox": box,
        "area": round(box[2] * box[3], 3),
        "segmentation": [outline] if outline else [],
        "iscrowd": 0,
    }
