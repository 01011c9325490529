"""YOLO text: a line for each object, `class x y width height` (centre, in shares), or `class x1 y1 x2 y2 …` (outline).

A sixth number behind a box is a model's confidence. The classes' names are in another file, `data.yaml` or a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import yaml  # type: ignore[import-untyped]  # its types are a package of their own

from fototeca.dialects.roboflow.annotations.shapes import Picture, Shape, boxed, checked_label, kept, number, outlined
from fototeca.errors import InvalidInput

_LINE = re.compile(r"\s*\d+(\s+[-+]?[\d.]+([eE][-+]?\d+)?){4,}\s*")


def looks_like(text: str) -> bool:
    """Whether a text is of this kind."""
    lines = [line for line in text.splitlines() if line.strip()]
    return bool(lines) and all(_LINE.fullmatch(line) for line in lines)


def read(text: str, names: Mapping[str, str]) -> list[Shape]:
    """Return the shapes of one image.

    Args:
        text: The file.
        names: The names of the classes, by their numbers as texts.

    Raises:
        InvalidInput: A line is of another form, or its class has no name.
    """
    return kept(_shape(line.split(), names) for line in text.splitlines() if line.strip())


def _shape(parts: Sequence[str], names: Mapping[str, str]) -> Shape | None:
    if parts[0] not in names:
        raise InvalidInput(f'the class "{parts[0][:40]}" has no name: a YOLO file needs a labelmap', field="labelmap")
    label = checked_label(names[parts[0]])
    values = [number(part, "coordinate") for part in parts[1:]]
    if len(values) in {4, 5}:
        x, y, width, height, *rest = values
        sure = rest[0] if rest else None
        return boxed(label, x - width / 2, y - height / 2, x + width / 2, y + height / 2, confidence=sure)
    if len(values) < 6 or len(values) % 2:
        raise InvalidInput(f"a line of a YOLO file has a class and 4, 5 or an even number of values, not {len(values)}")
    return outlined(label, list(zip(values[::2], values[1::2], strict=True)))


def write(picture: Picture, classes: Sequence[str]) -> bytes:
    """Return the file of one picture; what is said of the whole picture has the whole picture as its box."""
    return "".join(f"{_line(shape, classes.index(shape.label))}\n" for shape in picture.shapes).encode()


def _line(shape: Shape, place: int) -> str:
    if shape.polygon:
        values = [value for point in shape.polygon for value in point]
    else:
        left, top, width, height = shape.box or (0.0, 0.0, 1.0, 1.0)
        values = [left + width / 2, top + height / 2, width, height]
    return " ".join([str(place), *(f"{value:.8g}" for value in values)])


def names_of(text: str) -> dict[str, str]:
    """Return the names of the classes from `data.yaml`, or from a list with a name in each line.

    Raises:
        InvalidInput: It is neither, or the YAML has no names.
    """
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidInput("the file of classes is not YAML", field="names") from error
    if isinstance(document, str):
        return {str(place): line.strip() for place, line in enumerate(filter(str.strip, text.splitlines()))}
    names = document.get("names") if isinstance(document, dict) else document
    pairs = names.items() if isinstance(names, dict) else enumerate(names) if isinstance(names, list) else ()
    # Only plain names: a YAML alias may stand for a list that is far larger once it is written out.
    found = {str(key): str(name) for key, name in pairs if isinstance(name, str | int | float)}
    if not found:
        raise InvalidInput('the file of classes has no "names"', field="names")
    return found


def data_yaml(classes: Sequence[str], splits: Sequence[str]) -> bytes:
    """Return the `data.yaml` of an export."""
    folders = {"val" if split == "valid" else split: f"../{split}/images" for split in splits}
    document = {**folders, "nc": len(classes), "names": list(classes)}
    text: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    return text.encode()
