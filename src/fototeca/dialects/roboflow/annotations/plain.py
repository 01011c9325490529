"""Plain JSON: what image details and inference servers give; and the JSON lines of vision language models.

* `{"boxes": [{"label", "x", "y", "width", "height"}], "width", "height"}`, as in image details;
* `{"predictions": [{"class", "confidence", "x", "y", "width", "height", "points"}], "image": {"width", "height"}}`;
* lines of `{"image", "prefix", "suffix"}` whose suffix is `<loc0123><loc…><loc…><loc…> class ; …`: top, left, bottom
  and right in 1024ths (PaliGemma).

Boxes of the first two are by their centre, in pixels.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from fototeca.dialects.roboflow.annotations.shapes import Frame, Shape, boxed, checked_label, kept, number
from fototeca.errors import InvalidInput

_LOCATED = re.compile(r"((?:<loc\d{4}>){4})\s*([^;<]+)")
_LOCATIONS = 1024


def looks_like(document: Any) -> bool:
    """Whether parsed JSON is of one of the first two kinds."""
    return isinstance(document, dict) and any(isinstance(document.get(name), list) for name in ("boxes", "predictions"))


def read(document: dict[str, Any], frame: Frame) -> list[Shape]:
    """Return the shapes of one image.

    Args:
        document: The file.
        frame: The image's size, for files that do not tell it.

    Raises:
        InvalidInput: A part is missing or of another kind.
    """
    size = document.get("image") if isinstance(document.get("image"), dict) else document
    if isinstance(size, dict) and size.get("width") and size.get("height"):
        frame = Frame(number(size["width"], "width"), number(size["height"], "height"))
    entries = document.get("boxes") if isinstance(document.get("boxes"), list) else document.get("predictions")
    return kept(_shape(entry, frame) for entry in entries or ())


def _shape(entry: Any, frame: Frame) -> Shape | None:
    if not isinstance(entry, dict):
        raise InvalidInput("an annotation is an object")
    label = checked_label(entry.get("label", entry.get("class")))
    sure = None if entry.get("confidence") is None else number(entry["confidence"], "confidence")
    points = entry.get("points")
    if isinstance(points, list) and points:
        return frame.outline(label, [_point(point) for point in points], confidence=sure)
    if "x" not in entry:
        return Shape(label, confidence=sure)
    x, y, width, height = (number(entry.get(name), name) for name in ("x", "y", "width", "height"))
    return frame.corners(label, x - width / 2, y - height / 2, x + width / 2, y + height / 2, confidence=sure)


def _point(point: Any) -> tuple[float, float]:
    match point:
        case {"x": x, "y": y} | [x, y]:
            return number(x, "points"), number(y, "points")
        case _:
            raise InvalidInput("a point has an x and a y")


def read_lines(text: str) -> dict[str, list[Shape]]:
    """Return the shapes of every image in a file of JSON lines, by the image's name.

    Raises:
        InvalidInput: A line is no JSON, or says no locations.
    """
    found: dict[str, list[Shape | None]] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            entry = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
            raise InvalidInput(f"a line of the annotation is no JSON: {error}") from error
        if not isinstance(entry, dict) or not isinstance(entry.get("suffix"), str):
            raise InvalidInput('a line of the annotation has an "image" and a "suffix"')
        shapes = [_located(*match) for match in _LOCATED.findall(entry["suffix"])]
        if entry["suffix"].strip() and not shapes:
            raise InvalidInput("a suffix of the annotation holds no locations, and only those are read")
        found.setdefault(str(entry.get("image", "")), []).extend(shapes)
    return {name: kept(shapes) for name, shapes in found.items()}


def _located(locations: str, label: str) -> Shape | None:
    top, left, bottom, right = (int(value) / _LOCATIONS for value in re.findall(r"\d+", locations))
    return boxed(checked_label(label), left, top, right, bottom)
