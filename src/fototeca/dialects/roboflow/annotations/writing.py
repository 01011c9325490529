"""A whole export: which files a data set has in each format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from fototeca.dialects.roboflow.annotations import coco, createml, table, voc, yolo
from fototeca.dialects.roboflow.annotations.shapes import Picture
from fototeca.errors import InvalidInput

Splits = Mapping[str, Sequence[Picture]]
Files = Iterator[tuple[str, bytes]]
"""Paths in the export, and what is in these files."""


def _coco(splits: Splits, classes: Sequence[str]) -> Files:
    for split, pictures in splits.items():
        yield f"{split}/_annotations.coco.json", coco.write(pictures, classes)


def _createml(splits: Splits, _classes: Sequence[str]) -> Files:
    for split, pictures in splits.items():
        yield f"{split}/_annotations.createml.json", createml.write(pictures)


def _csv(splits: Splits, _classes: Sequence[str]) -> Files:
    for split, pictures in splits.items():
        yield f"{split}/_annotations.csv", table.write(pictures)


def _voc(splits: Splits, _classes: Sequence[str]) -> Files:
    for split, pictures in splits.items():
        for picture in pictures:
            yield f"{split}/{_stem(picture)}.xml", voc.write(picture)


def _yolo(splits: Splits, classes: Sequence[str]) -> Files:
    yield "data.yaml", yolo.data_yaml(classes, list(splits))
    for split, pictures in splits.items():
        for picture in pictures:
            yield f"{split}/labels/{_stem(picture)}.txt", yolo.write(picture, classes)


def _stem(picture: Picture) -> str:
    return picture.name.rpartition(".")[0]


_WRITERS: Mapping[str, Callable[[Splits, Sequence[str]], Files]] = {
    "coco": _coco,
    "yolo": _yolo,
    "voc": _voc,
    "csv": _csv,
    "createml": _createml,
}
_OTHER_NAMES = {
    "coco-segmentation": "coco",
    "coco-mmdetection": "coco",
    "darknet": "yolo",
    "pascal-voc": "voc",
    "tensorflow": "csv",
    "retinanet": "csv",
}


def format_of(name: str) -> str:
    """Return the format that a name stands for; every version of YOLO is one.

    Raises:
        InvalidInput: There is no such format.
    """
    plain = name.strip().lower().replace("_", "-")
    found = "yolo" if plain.startswith("yolo") else _OTHER_NAMES.get(plain, plain)
    if found not in _WRITERS:
        allowed = ", ".join([*_WRITERS, *_OTHER_NAMES])
        raise InvalidInput(f'"{name[:40]}" is no format of exports', field="format", allowed=allowed)
    return found


def folder_of_images(format_: str, split: str) -> str:
    """Return where the images of a split lie in a format."""
    return f"{split}/images" if format_ == "yolo" else split


def files(format_: str, splits: Splits) -> Files:
    """Return the files of a data set beside its images."""
    classes = sorted({shape.label for pictures in splits.values() for picture in pictures for shape in picture.shapes})
    return _WRITERS[format_](splits, classes)
