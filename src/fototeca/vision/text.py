"""The words in a picture, read by RapidOCR (the optional extra `fototeca[ocr]`), whose models come with its package.

Lines are found and read in any direction. Where what was read makes little sense, the picture is also read at the other
right angles, and what makes most sense counts: a photo that was turned says the same words as before.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from fototeca.assets import Word
from fototeca.errors import ModelError
from fototeca.vision.models import InstalledModel, Task

PACKAGE = "rapidocr"

NO_READER = 'text in pictures is not read: it needs the extra "fototeca[ocr]"'

MOST_LINES = 300
"""Lines read of one picture, the surest first."""

LONGEST = 1440
"""Longest side at which lines are looked for, pixels: that of the pictures that models are shown."""

NARROWEST = 16
"""A picture with a shorter side than this has no line that could be read."""

LEAST_CONFIDENCE = 0.6
"""A line that is less sure is left out: it is mostly a pattern that looks like letters."""

SURE = 0.85
"""Lines that are surer on average need no second look at another angle."""

FLAT_SHARE = 0.5
"""Where fewer of the lines than this lie flat, the picture may be turned."""

_MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
}

Picture: TypeAlias = npt.NDArray[np.uint8]
Corners: TypeAlias = npt.NDArray[np.float64]
"""Of a line or word: shape (4, 2), x and y as shares of the picture."""


class _Line(NamedTuple):
    """A line as it was read.

    Attributes:
        text: Its words.
        confidence: How sure they are, 0..1.
        corners: Of its box.
        pieces: Parts of the text that the reader told apart, with their corners.
        flat: Whether it was read from left to right, not up or down.
    """

    text: str
    confidence: float
    corners: Corners
    pieces: Sequence[tuple[str, Corners]]
    flat: bool


class TextReader:
    """Reads words. Safe to use from many threads, which wait for each other: one reading uses all cores.

    Raises:
        ModelError: The extra is not installed, or its models are missing.
    """

    def __init__(self) -> None:
        try:
            from rapidocr import RapidOCR  # noqa: PLC0415 - an optional extra
        except ImportError as error:
            raise ModelError(NO_READER) from error
        folder = _folder()
        missing = [name for name in _MODELS.values() if not (folder / name).is_file()]
        if missing:
            raise ModelError(f"{PACKAGE} came without its model {missing[0]}")
        options: dict[str, Any] = {
            # A path that is given is never looked for elsewhere, let alone downloaded.
            **{f"{part}.model_path": str(folder / name) for part, name in _MODELS.items()},
            "Global.log_level": "critical",
            "Global.text_score": LEAST_CONFIDENCE,
            "Det.max_candidates": MOST_LINES,
            # By default the shorter side would be made long, which makes a very long picture of a narrow one.
            "Det.limit_type": "max",
            "Det.limit_side_len": LONGEST,
        }
        try:
            self._engine = RapidOCR(params=options)
        except Exception as error:  # whatever it raises for a model that is damaged
            raise ModelError(f"{PACKAGE} cannot be opened: {error}") from error
        self._lock = threading.Lock()

    def read(self, picture: Picture) -> list[Word]:
        """Read the words of an upright picture, RGB, in reading order."""
        if min(picture.shape[:2]) < NARROWEST:
            return []
        lines = self._lines(picture)
        if lines and not _makes_sense(lines):
            angles = {turns: self._lines(picture, turns) for turns in (1, 2, 3)} | {0: lines}
            best = max(angles, key=lambda turns: _sense(angles[turns]))
            lines = angles[best]
            if not _makes_sense(lines):
                # Some lines may stand on their heads among others that do not.
                lines = max(lines, self._lines(picture, best, each=True), key=_sense)
        return [word for number, line in enumerate(lines) for word in _words(line, number)]

    def _lines(self, picture: Picture, turns: int = 0, *, each: bool = False) -> list[_Line]:
        """Read the lines of a picture turned by right angles, with corners as they are without that.

        Args:
            picture: Not turned yet.
            turns: Right angles, counter-clockwise.
            each: Whether each line that stands on its head is turned by itself; its words then lose their places.
        """
        turned = np.ascontiguousarray(np.rot90(picture, turns)[..., ::-1])
        with self._lock:
            told: Any = self._engine(turned, use_cls=each, return_word_box=not each)
        if not getattr(told, "txts", None):
            return []
        size = np.array(turned.shape[1::-1], np.float64)
        return [
            _Line(
                text,
                float(confidence),
                _back(np.asarray(corners, np.float64) / size, turns),
                [(piece, _back(np.asarray(where, np.float64) / size, turns)) for piece, _, where in pieces],
                bool(np.ptp(corners[:, 0]) >= np.ptp(corners[:, 1])),
            )
            for text, confidence, corners, pieces in zip(told.txts, told.scores, told.boxes, _pieces(told), strict=True)
        ]


def installed_reader() -> InstalledModel | None:
    """The reader of text, if the extra is installed."""
    try:
        return InstalledModel(PACKAGE, _folder(), Task.TEXT)
    except PackageNotFoundError:
        return None


def version() -> str:
    """Name and version of the reader.

    Raises:
        ModelError: It is not installed.
    """
    try:
        return f"{PACKAGE}@{distribution(PACKAGE).version}"
    except PackageNotFoundError as error:
        raise ModelError(NO_READER) from error


def _folder() -> Path:
    return Path(str(distribution(PACKAGE).locate_file(f"{PACKAGE}/models")))


def _pieces(told: Any) -> list[Sequence[tuple[str, float, Any]]]:
    """The pieces of each line; none of any if the reader lost count of them."""
    pieces = list(told.word_results or ())
    return pieces if len(pieces) == len(told.txts) else [()] * len(told.txts)


def _back(corners: Corners, turns: int) -> Corners:
    """Corners in a picture that was turned counter-clockwise, as they are in the one before."""
    for _ in range(turns):
        corners = np.stack([1 - corners[:, 1], corners[:, 0]], axis=1)
    return corners


def _sense(lines: Sequence[_Line]) -> float:
    """How much was read, by how sure it is; lines that lie as lines do count a little more."""
    return sum(len(line.text) * max(0.0, line.confidence - 0.5) * (1.0 if line.flat else 0.9) for line in lines)


def _makes_sense(lines: Sequence[_Line]) -> bool:
    """Whether lines are sure enough, and enough of them lie flat, that the picture must be upright."""
    sure = sum(line.confidence * len(line.text) for line in lines) / max(1, sum(len(line.text) for line in lines))
    return sure >= SURE and sum(line.flat for line in lines) >= FLAT_SHARE * len(lines)


def _words(line: _Line, number: int) -> Iterable[Word]:
    """The words of a line, each in the box around the pieces that it was read in; without those, around the line."""
    pieces = list(line.pieces)
    for text in line.text.split():
        taken: list[Corners] = []
        left = len(text)
        while left > 0 and pieces:
            piece, corners = pieces.pop(0)
            left -= len(piece)
            taken.append(corners)
        corners = np.concatenate(taken) if taken else line.corners
        low, high = np.clip(corners.min(axis=0), 0, 1), np.clip(corners.max(axis=0), 0, 1)
        box = (*low.round(4).tolist(), *(high - low).round(4).tolist())
        yield Word(text=text, box=box, confidence=round(line.confidence, 3), line=number)
