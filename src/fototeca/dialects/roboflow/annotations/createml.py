"""CreateML JSON: a list of images with their annotations; boxes by their centre, in pixels.

https://developer.apple.com/documentation/createml/building-an-object-detector-data-source
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from fototeca.dialects.roboflow.annotations.shapes import Frame, Picture, Shape, checked_label, kept, number
from fototeca.errors import InvalidInput


def looks_like(document: Any) -> bool:
    """Whether parsed JSON is a CreateML file."""
    return isinstance(document, list) and bool(document) and all(isinstance(e, dict) and "image" in e for e in document)


def read(document: list[dict[str, Any]], frame: Frame) -> dict[str, list[Shape]]:
    """Return the shapes of every image in a file, by the image's name.

    Args:
        document: The file.
        frame: The size of all of its images.

    Raises:
        InvalidInput: A part is missing or of another kind.
    """
    found: dict[str, list[Shape | None]] = {}
    for entry in document:
        said = entry.get("annotations", [])
        if not isinstance(said, list):
            raise InvalidInput('the "annotations" of a CreateML file are a list')
        found.setdefault(str(entry["image"]), []).extend(_shape(each, frame) for each in said)
    return {name: kept(shapes) for name, shapes in found.items()}


def _shape(entry: Any, frame: Frame) -> Shape | None:
    place = entry.get("coordinates") if isinstance(entry, dict) else None
    if not isinstance(place, dict):
        raise InvalidInput('an annotation of a CreateML file has a "label" and "coordinates"')
    x, y, width, height = (number(place.get(name), name) for name in ("x", "y", "width", "height"))
    label = checked_label(entry.get("label"))
    return frame.corners(label, x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def write(pictures: Sequence[Picture]) -> bytes:
    """Return the file of pictures; what is said of a whole picture has the whole picture as its box."""
    return msgspec.json.encode(
        [{"image": each.name, "annotations": [_entry(shape, each) for shape in each.shapes]} for each in pictures]
    )


def _entry(shape: Shape, picture: Picture) -> dict[str, Any]:
    left, top, width, height = shape.box or (0.0, 0.0, 1.0, 1.0)
    across, down = picture.width, picture.height
    place = {"x": (left + width / 2) * across, "y": (top + height / 2) * down}
    place |= {"width": width * across, "height": height * down}
    return {"label": shape.label, "coordinates": {name: round(value, 3) for name, value in place.items()}}
