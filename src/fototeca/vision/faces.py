"""Faces in pictures: where they are, how well they show somebody, and vectors that say whom."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import numpy as np

from fototeca.errors import ModelError
from fototeca.vision.alignment import SIDE, Points, align, sharpness
from fototeca.vision.boxes import Box, Floats, Picture, cells, checked, corners, is_there, letterbox, suppress, within
from fototeca.vision.sessions import open_session

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

THRESHOLD: Final = 0.7
"""What scores less is no face: blurred passers-by score about 0.6, clear faces above 0.9."""

MOST_OVERLAP: Final = 0.3
"""Boxes that overlap more, as intersection over union, are one face."""

COARSE: Final = 640
FINE: Final = 1280
"""Longest sides at which a picture is looked at, pixels."""

FINE_FACE: Final = 128
"""Longest side of the faces that the fine look is asked for, pixels of it. It sees small ones that the coarse look
misses, but takes parts of large ones, and jewellery, for faces."""

_STRIDES = (8, 16, 32)
_MEAN = np.array([0.485, 0.456, 0.406], np.float32) * 255
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32) * 255
_SFACE_INPUT = "data"


@dataclass(frozen=True, slots=True)
class DetectedFace:
    """A face in a picture.

    Attributes:
        box: Where it is, within the picture.
        score: How sure the detector is, 0 to 1.
        landmarks: Eyes, nose and corners of the mouth, those on the picture's left first: x and y as shares (0..1) of
            the picture; of a face that is cut off, some may be outside.
        quality: How well it shows somebody, 0 to 1; see `quality`.
    """

    box: Box
    score: float
    landmarks: tuple[tuple[float, float], ...]
    quality: float


class _Candidates(NamedTuple):
    """Places that may be faces, as shares of the picture."""

    boxes: Floats
    """Corners [n, 4]."""
    scores: Floats
    """[n]."""
    landmarks: Floats
    """[n, 5, 2]."""


class FaceDetector:
    """Finds faces with YuNet (W. Wu et al., "YuNet: a tiny millisecond-level face detector", 2023)."""

    def __init__(self, session: InferenceSession) -> None:
        self._session = session
        entry = session.get_inputs()[0]
        self._input = entry.name
        self._outputs = [output.name for output in session.get_outputs()]
        high, wide = entry.shape[2:]
        self._canvas = (wide, high) if isinstance(wide, int) and isinstance(high, int) else None

    @classmethod
    def open(cls, model_file: Path, *, threads: int | None = None) -> Self:
        """Open a model, of one input size or of any.

        Raises:
            ModelError: The file is missing, damaged or not a YuNet.
        """
        session = open_session(model_file, threads=threads)
        if not cls.fits(session):
            raise ModelError(f"the model file {model_file} is not a YuNet face detector")
        return cls(session)

    @staticmethod
    def fits(session: InferenceSession) -> bool:
        """Whether a graph is a YuNet, by the names of its outputs."""
        heads = {f"{head}_{stride}" for head in ("cls", "obj", "bbox", "kps") for stride in _STRIDES}
        return heads <= {output.name for output in session.get_outputs()}

    def detect(self, picture: Picture) -> list[DetectedFace]:
        """The faces in an upright picture, the surest first.

        If the model takes any size, a large picture is looked at twice: coarsely, and finely for small faces.

        Raises:
            InvalidInput: It is not an RGB picture.
        """
        found = _together(list(self._looks(checked(picture))))
        faces = (
            _face(picture, found.boxes[index], float(found.scores[index]), found.landmarks[index])
            for index in suppress(found.boxes, found.scores, MOST_OVERLAP)
        )
        return [face for face in faces if is_there(face.box)]

    def _looks(self, picture: Picture) -> Iterator[_Candidates]:
        high, wide = picture.shape[:2]
        if self._canvas is not None:
            yield self._look(picture, min(1.0, self._canvas[0] / wide, self._canvas[1] / high), self._canvas)
            return
        longest = max(high, wide)
        scale = min(1.0, COARSE / longest)
        yield self._look(picture, scale, (_padded(wide * scale), _padded(high * scale)))
        if longest > COARSE:
            scale = min(1.0, FINE / longest)
            found = self._look(picture, scale, (_padded(wide * scale), _padded(high * scale)))
            sides = (found.boxes[:, 2:] - found.boxes[:, :2]) * (wide * scale, high * scale)
            small = sides.max(axis=1) < FINE_FACE
            yield _Candidates(*(part[small] for part in found))

    def _look(self, picture: Picture, scale: float, canvas: tuple[int, int]) -> _Candidates:
        planes, size = letterbox(picture, scale, canvas, fill=0)
        outputs = self._session.run(self._outputs, {self._input: planes})
        heads = {name: output[0] for name, output in zip(self._outputs, outputs, strict=True)}
        found = _together([_decode(heads, stride, canvas) for stride in _STRIDES])
        shape = np.array(size, np.float32)
        return _Candidates(
            np.divide(found.boxes.reshape(-1, 2, 2), shape).reshape(-1, 4),
            found.scores,
            np.divide(found.landmarks, shape),
        )


def _decode(heads: dict[str, Floats], stride: int, canvas: tuple[int, int]) -> _Candidates:
    """What one stride of YuNet says, in pixels of the canvas.

    Each cell of the grid predicts, in cells: the shift of the box's centre, the logarithm of its size, and the shifts
    of the landmarks. Its score is the geometric mean of "a face" and "something is here".
    """
    scores = np.sqrt(np.clip(heads[f"cls_{stride}"][:, 0], 0, 1) * np.clip(heads[f"obj_{stride}"][:, 0], 0, 1))
    good = scores >= THRESHOLD
    grid = cells(canvas[0] // stride, canvas[1] // stride)[good]
    boxes = heads[f"bbox_{stride}"][good]
    points = heads[f"kps_{stride}"][good].reshape(-1, 5, 2)
    around = corners(grid + boxes[:, :2], np.exp(boxes[:, 2:]))
    return _Candidates(around * stride, scores[good], (grid[:, None] + points) * stride)


def _together(parts: Sequence[_Candidates]) -> _Candidates:
    return _Candidates(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _padded(side: float) -> int:
    """The next length that all strides divide."""
    return max(1, -(-round(side) // _STRIDES[-1])) * _STRIDES[-1]


def _face(picture: Picture, corner: Floats, score: float, landmarks: Floats) -> DetectedFace:
    box = within(corner)
    points = landmarks.astype(np.float64) * picture.shape[1::-1]
    return DetectedFace(
        box=box,
        score=score,
        landmarks=tuple((float(x), float(y)) for x, y in landmarks),
        quality=quality(picture, box, score, points),
    )


def quality(picture: Picture, box: Box, score: float, landmarks: Points) -> float:
    """How well a face shows somebody, 0 to 1: the geometric mean of four shares, so that none makes up for another.

    * size: the box's shorter side over `SIDE`, at most 1: what the embedder has to enlarge says less;
    * sharpness: see `alignment.sharpness`;
    * pose: 1 where the nose lies midway between the eyes, seen along the line through them, 0 where it lies below an
      eye or beyond, as in a profile; looking up or down does not count;
    * score: the detector's.

    Args:
        picture: Where the face is.
        box: Within the picture, as shares.
        score: 0 to 1.
        landmarks: Pixels [5, 2], as for `alignment.align`.
    """
    high, wide = picture.shape[:2]
    size = min(1.0, box[2] * wide / SIDE, box[3] * high / SIDE)
    eyes = landmarks[1] - landmarks[0]
    aside = float((landmarks[2] - landmarks[:2].mean(0)) @ eyes) / max(float(eyes @ eyes), 1e-9)
    pose = max(0.0, 1.0 - 2.0 * abs(aside))
    return math.sqrt(math.sqrt(size * sharpness(align(picture, landmarks)) * pose * score))


class FaceEmbedder:
    """Says whose faces they are, by unit vectors.

    With MobileFaceNet (S. Chen et al., "MobileFaceNets", 2018), which takes RGB with ImageNet's mean and deviation, or
    with SFace (Y. Zhong et al., "SFace", 2021) as OpenCV publishes it, which takes RGB as it is, 0 to 255. Their graphs
    are of one shape; SFace's is known by the name of its input.

    Attributes:
        dimension: Length of a vector.
    """

    def __init__(self, session: InferenceSession) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        self._prepared = self._input != _SFACE_INPUT
        self.dimension: int = session.get_outputs()[0].shape[1]

    @classmethod
    def open(cls, model_file: Path, *, threads: int | None = None) -> Self:
        """Open a model that takes one aligned face and gives one vector.

        Raises:
            ModelError: The file is missing, damaged or of another kind.
        """
        session = open_session(model_file, threads=threads)
        if not cls.fits(session):
            raise ModelError(f"the model file {model_file} does not embed faces of {SIDE} pixels")
        return cls(session)

    @staticmethod
    def fits(session: InferenceSession) -> bool:
        """Whether a graph takes one aligned face and gives one vector of a known length."""
        inputs = [entry.shape[1:] for entry in session.get_inputs()]
        outputs = [output.shape for output in session.get_outputs()]
        return inputs == [[3, SIDE, SIDE]] and len(outputs) == 1 and len(outputs[0]) == 2 and type(outputs[0][1]) is int

    def embed(self, picture: Picture, faces: Sequence[DetectedFace]) -> Floats:
        """A unit vector for each face: float32 [n, dimension]. Faces of a person have cosines above about 0.4.

        Raises:
            InvalidInput: It is not an RGB picture.
        """
        size = np.array(checked(picture).shape[1::-1])
        vectors = np.empty((len(faces), self.dimension), np.float32)
        for row, face in zip(vectors, faces, strict=True):
            pixels = align(picture, np.array(face.landmarks) * size).astype(np.float32)
            if self._prepared:
                pixels = (pixels - _MEAN) / _DEVIATION
            row[:] = self._session.run(None, {self._input: pixels.transpose(2, 0, 1)[None]})[0][0]
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors
