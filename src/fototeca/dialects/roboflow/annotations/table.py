"""CSV with a row for each box: filename, width, height, class, xmin, ymin, xmax, ymax, in pixels."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from fototeca.dialects.roboflow.annotations.shapes import Frame, Picture, Shape, checked_label, kept, number
from fototeca.errors import InvalidInput

COLUMNS = ("filename", "width", "height", "class", "xmin", "ymin", "xmax", "ymax")
_NEEDED = ("filename", "class", "xmin", "ymin", "xmax", "ymax")
_OTHERS = {"image": "filename", "file": "filename", "file_name": "filename", "label": "class", "name": "class"}
_CLASSES = "_classes.csv"


def looks_like(text: str) -> bool:
    """Whether a text is of this kind."""
    return set(_NEEDED) <= set(_header(text.split("\n", 1)[0]))


def read(text: str, frame: Frame) -> dict[str, list[Shape]]:
    """Return the shapes of every image in a file, by the image's name.

    Args:
        text: The file, with a header.
        frame: The size of images whose rows do not tell it.

    Raises:
        InvalidInput: A column is missing, or a value is of another kind.
    """
    head, _, rest = text.lstrip("\ufeff").partition("\n")
    columns = _header(head)
    _check(columns)
    found: dict[str, list[Shape | None]] = {}
    for row in _rows(rest):
        entry = dict(zip(columns, row, strict=False))
        if len(entry) < len(columns):
            raise InvalidInput("a row of the CSV file is shorter than its header")
        sized = (
            Frame(number(entry["width"], "width"), number(entry["height"], "height")) if entry.get("width") else frame
        )
        corners = [number(entry[name], name) for name in _NEEDED[2:]]
        found.setdefault(entry["filename"].strip(), []).append(sized.corners(checked_label(entry["class"]), *corners))
    return {name: kept(shapes) for name, shapes in found.items()}


def by_image(text: str) -> dict[str, str]:
    """Return a file's rows as files of their own, by the image's name.

    Raises:
        InvalidInput: A column is missing.
    """
    head, _, rest = text.lstrip("\ufeff").partition("\n")
    columns = _header(head)
    _check(columns)
    place = columns.index("filename")
    parts: dict[str, io.StringIO] = {}
    for row in _rows(rest):
        if len(row) > place:
            target = parts.setdefault(row[place].strip(), io.StringIO(f"{head}\n"))
            target.seek(0, io.SEEK_END)
            csv.writer(target, lineterminator="\n").writerow(row)
    return {name: part.getvalue() for name, part in parts.items()}


def read_classes(text: str) -> dict[str, list[Shape]]:
    """Return the classes of every image in a `_classes.csv`: a column for each class, 1 where an image has it."""
    head, _, rest = text.lstrip("\ufeff").partition("\n")
    names = [name.strip() for name in next(iter(_rows(head)), [])]
    return {
        row[0].strip(): kept(
            Shape(checked_label(name)) for name, value in zip(names[1:], row[1:], strict=False) if value.strip() == "1"
        )
        for row in _rows(rest)
    }


def is_classes(name: str) -> bool:
    """Whether a file of this name holds the classes of whole images."""
    return name.rpartition("/")[2] == _CLASSES


def write(pictures: Sequence[Picture]) -> bytes:
    """Return the file of pictures; what is said of a whole picture has the whole picture as its box."""
    target = io.StringIO()
    rows = csv.writer(target, lineterminator="\n")
    rows.writerow(COLUMNS)
    for picture in pictures:
        for shape in picture.shapes:
            left, top, width, height = shape.box or (0.0, 0.0, 1.0, 1.0)
            across, down = picture.width, picture.height
            corners = (left * across, top * down, (left + width) * across, (top + height) * down)
            rows.writerow([picture.name, across, down, shape.label, *(round(value) for value in corners)])
    return target.getvalue().encode("utf-8", "replace")


def _check(columns: Sequence[str]) -> None:
    if missing := [name for name in _NEEDED if name not in columns]:
        raise InvalidInput(f"the CSV file has no column {missing[0]}", field=missing[0], allowed=", ".join(COLUMNS))


def _header(line: str) -> list[str]:
    names = [name.strip().lower() for name in next(iter(_rows(line.lstrip("\ufeff"))), [])]
    return [_OTHERS.get(name, name) for name in names]


def _rows(text: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(io.StringIO(text)) if row]
    except csv.Error as error:
        raise InvalidInput(f"the CSV file cannot be read: {error}") from error
