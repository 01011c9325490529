"""Objects in pictures: where they are and what they are called."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from fototeca.errors import ModelError
from fototeca.vision.boxes import Box, Floats, Picture, cells, checked, corners, is_there, letterbox, suppress, within
from fototeca.vision.sessions import open_session

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

# fmt: off
LABELS: Final = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
    "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow", "elephant",
    "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard",
    "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange", "broccoli",
    "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant", "bed", "dining table", "toilet",
    "tv", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave", "oven", "toaster", "sink", "refrigerator",
    "book", "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
)
# fmt: on
"""The 80 classes of COCO (T.-Y. Lin et al., "Microsoft COCO: common objects in context", 2014), in its order."""

THRESHOLD: Final = 0.3
"""What scores less is left out: below it most boxes are wrong."""

MOST_OVERLAP: Final = 0.45
"""Boxes of a class that overlap more, as intersection over union, are one object."""

_FILL = 114
_STRIDES = (8, 16, 32)


@dataclass(frozen=True, slots=True)
class DetectedObject:
    """Something in a picture: one of `LABELS`, where it is, and how sure the detector is, 0 to 1."""

    label: str
    box: Box
    score: float


class ObjectDetector:
    """Finds objects with YOLOX (Z. Ge et al., "YOLOX: exceeding YOLO series in 2021")."""

    def __init__(self, session: InferenceSession) -> None:
        self._session = session
        entry = session.get_inputs()[0]
        self._input = entry.name
        self._side: int = entry.shape[2]
        sides = [self._side // stride for stride in _STRIDES]
        self._cells = np.concatenate([cells(side, side) for side in sides])
        self._strides: Floats = np.repeat(np.array(_STRIDES, np.float32), [side**2 for side in sides])[:, None]

    @classmethod
    def open(cls, model_file: Path, *, threads: int | None = None) -> Self:
        """Open a model for square pictures of one size, with COCO's classes.

        Raises:
            ModelError: The file is missing, damaged or of another kind.
        """
        session = open_session(model_file, threads=threads)
        if not cls.fits(session):
            raise ModelError(f"the model file {model_file} is not a YOLOX detector of COCO's classes")
        return cls(session)

    @staticmethod
    def fits(session: InferenceSession) -> bool:
        """Whether a graph is a YOLOX of COCO's classes, by the shapes of its input and output."""
        inputs = [entry.shape for entry in session.get_inputs()]
        outputs = [output.shape for output in session.get_outputs()]
        if len(inputs) != 1 or not inputs[0] or not isinstance(side := inputs[0][-1], int):
            return False
        rows = sum((side // stride) ** 2 for stride in _STRIDES)
        return inputs[0] == [1, 3, side, side] and outputs == [[1, rows, 5 + len(LABELS)]]

    def detect(self, picture: Picture, threshold: float = THRESHOLD) -> list[DetectedObject]:
        """The objects in an upright picture that score at least `threshold`, the surest first.

        Each cell of three grids predicts, in cells: the shift of the box's centre and the logarithm of its size; then
        how likely something is there, and how likely it is of each class. The score is their product for the likeliest.

        Raises:
            InvalidInput: It is not an RGB picture.
        """
        scale = self._side / max(checked(picture).shape[:2])
        planes, size = letterbox(picture, scale, (self._side, self._side), _FILL)
        rows: Floats = self._session.run(None, {self._input: planes})[0][0]
        labels = rows[:, 5:].argmax(axis=1)
        scores = rows[:, 4] * rows[np.arange(len(rows)), 5 + labels]
        good = np.flatnonzero(scores >= threshold)
        rows, labels, scores = rows[good], labels[good], scores[good]
        cell = np.divide(self._strides[good], np.array(size, np.float32))
        boxes = corners((rows[:, :2] + self._cells[good]) * cell, np.exp(rows[:, 2:4]) * cell)
        kept = [
            of_label[place]
            for of_label in (np.flatnonzero(labels == label) for label in np.unique(labels))
            for place in suppress(boxes[of_label], scores[of_label], MOST_OVERLAP)
        ]
        found = (
            DetectedObject(LABELS[labels[index]], within(boxes[index]), float(scores[index]))
            for index in sorted(kept, key=lambda index: -scores[index])
        )
        return [thing for thing in found if is_there(thing.box)]
