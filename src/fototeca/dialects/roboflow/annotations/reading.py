"""One image's annotation, in whichever format it was sent: told by the file's name, else by what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import msgspec

from fototeca.dialects.roboflow.annotations import coco, createml, plain, table, voc, yolo
from fototeca.dialects.roboflow.annotations.shapes import Frame, Shape, checked_label, kept
from fototeca.errors import InvalidInput


def read(text: str, name: str, frame: Frame, labelmap: Mapping[str, str] | None = None) -> list[Shape]:
    """Return what an annotation says of one image.

    Args:
        text: The annotation: a file's text; for a classification the class, or a JSON list of classes.
        name: The file's name; for a classification, the class again.
        frame: The image's size in pixels, for files that do not tell it.
        labelmap: Names of classes by their numbers as texts, for YOLO.

    Raises:
        InvalidInput: It cannot be read in any format.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".xml" or voc.looks_like(text):
        return voc.read(text, frame)
    if suffix == ".csv":
        return only(table.read(text, frame))
    if suffix == ".jsonl":
        return only(plain.read_lines(text))
    if suffix == ".txt" or (suffix != ".json" and yolo.looks_like(text)):
        return yolo.read(text, labelmap or {})
    document = _json(text)
    if document is not None:
        return _from_json(document, frame)
    if suffix == ".json":
        raise InvalidInput(f'"{name}" is not JSON')
    if table.looks_like(text):
        return only(table.read(text, frame))
    return [Shape(checked_label(text))]


def _from_json(document: Any, frame: Frame) -> list[Shape]:
    if coco.looks_like(document):
        return only(coco.read(document))
    if plain.looks_like(document):
        return plain.read(document, frame)
    if createml.looks_like(document):
        return only(createml.read(document, frame))
    if isinstance(document, list) and all(isinstance(label, str) for label in document):
        return kept(Shape(checked_label(label)) for label in dict.fromkeys(document))
    raise InvalidInput(
        "the annotation is JSON of no known format", allowed="COCO, CreateML, boxes, predictions, classes"
    )


def only(found: Mapping[str, list[Shape]]) -> list[Shape]:
    """Return the shapes of the one image that a file is about.

    Raises:
        InvalidInput: It is about several.
    """
    if len(found) > 1:
        raise InvalidInput("the annotation is about several images")
    return next(iter(found.values()), [])


def _json(text: str) -> Any:
    """Parse JSON objects and lists; anything else, a number or true among it, may be a class."""
    if not text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return None
    try:
        return msgspec.json.decode(text.lstrip("\ufeff"))
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
