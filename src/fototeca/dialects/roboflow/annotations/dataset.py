"""The annotation files of a whole data set, whatever its layout: finds what is said of each of its images.

A file stands for one image (the same path, but for `images` and `labels` in it) or for the images that it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import msgspec

from fototeca.dialects.roboflow.annotations import coco, createml, plain, reading, table, yolo
from fototeca.dialects.roboflow.annotations.shapes import Frame, Shape
from fototeca.errors import InvalidInput

SUFFIXES = frozenset({".json", ".jsonl", ".xml", ".txt", ".csv", ".yaml", ".yml", ".labels", ".names"})
"""Of the files that may say something of images."""
_CLASS_LISTS = frozenset({"classes.txt", "obj.names", "_darknet.labels"})
_ARRANGEMENT = frozenset({"images", "labels", "annotations"})


class DatasetNotes:
    """What the files of a data set say.

    Args:
        files: Texts by path, with forward slashes and without one at the beginning.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        self._single: dict[str, tuple[str, str]] = {}
        self._labelmaps: dict[str, dict[str, str]] = {}
        self._by_path: dict[str, list[Shape] | _Raw] = {}
        self._by_name: dict[str, list[Shape] | _Raw] = {}
        self.errors: list[tuple[str, str]] = []
        for path, text in sorted(files.items()):
            try:
                self._add(path, text)
            except InvalidInput as error:
                self.errors.append((path, error.message))

    def of(self, path: str, frame: Frame) -> list[Shape] | None:
        """Return what is said of the image at a path; `None` where nothing is, an empty list where that is said.

        Raises:
            InvalidInput: Its annotation cannot be read.
        """
        single = self._single.get(_stem(path))
        if single is not None:
            name, text = single
            return reading.read(text, name, frame, self._labelmap(name))
        found = self._by_path.get(path) or self._by_name.get(PurePosixPath(path).name)
        return found.read(frame) if isinstance(found, _Raw) else found

    def _add(self, path: str, text: str) -> None:
        name, suffix = PurePosixPath(path).name, PurePosixPath(path).suffix.lower()
        if suffix in {".yaml", ".yml", ".labels", ".names"} or name in _CLASS_LISTS:
            self._labelmaps[_folder(path)] = yolo.names_of(text)
            return
        found = _named(name, suffix, text)
        if found is None:
            self._single[_stem(path)] = (path, text)
            return
        for image, said in found.items():
            whole = str(PurePosixPath(_folder(path)) / image.lstrip("/"))
            self._by_path[whole] = said
            self._by_name.setdefault(PurePosixPath(image).name, said)

    def _labelmap(self, path: str) -> dict[str, str]:
        """Return the names of classes for a file: those nearest to it, on the way up."""
        for folder in PurePosixPath(path).parents:
            if (found := self._labelmaps.get(str(folder))) is not None:
                return found
        return next(iter(self._labelmaps.values()), {}) if len(self._labelmaps) == 1 else {}


class _Raw:
    """An image's part of a file that is only read once the image's size is known."""

    def __init__(self, format_: str, part: Any) -> None:
        self._format = format_
        self._part = part

    def read(self, frame: Frame) -> list[Shape]:
        """Return the shapes."""
        if self._format == "createml":
            return reading.only(createml.read(self._part, frame))
        return reading.only(table.read(self._part, frame))


def _named(name: str, suffix: str, text: str) -> dict[str, list[Shape] | _Raw] | None:
    """Return what a file says by the names of images; `None` if it is about one image whose name it does not tell."""
    if suffix == ".jsonl":
        return dict(plain.read_lines(text))
    if suffix == ".csv":
        if table.is_classes(name):
            return dict(table.read_classes(text))
        return {image: _Raw("csv", part) for image, part in table.by_image(text).items()}
    if suffix != ".json":
        return None
    try:
        document = msgspec.json.decode(text.lstrip("\ufeff"))
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise InvalidInput(f"it is no JSON: {error}") from error
    if coco.looks_like(document):
        return dict(coco.read(document))
    if createml.looks_like(document):
        parts: dict[str, list[Any]] = {}
        for entry in document:
            parts.setdefault(str(entry["image"]), []).append(entry)
        return {image: _Raw("createml", part) for image, part in parts.items()}
    return None


def _folder(path: str) -> str:
    return str(PurePosixPath(path).parent)


def _stem(path: str) -> str:
    """Return what the paths of an image and of its own annotation have in common."""
    parts = PurePosixPath(path).with_suffix("").parts
    return "/".join(part for part in parts if part not in _ARRANGEMENT).casefold()
