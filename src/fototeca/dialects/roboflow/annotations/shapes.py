"""What every format is read into and written from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from fototeca.errors import InvalidInput

Box = tuple[float, float, float, float]
Point = tuple[float, float]

MAX_SHAPES = 10_000
"""Annotations of one image."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Something that is said of an image.

    Attributes:
        label: Its class.
        box: Left, top, width and height in shares (0..1) of the picture; `None` for the picture as a whole.
        polygon: Points in shares of the picture.
        confidence: How sure a model is, 0..1.
    """

    label: str
    box: Box | None = None
    polygon: tuple[Point, ...] | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """An image to be exported.

    Attributes:
        name: File name in the export.
        original: The name that it has here.
        width: Pixels.
        height: Pixels.
        metadata: Its key/value facts.
        shapes: What is said of it.
    """

    name: str
    original: str
    width: int
    height: int
    metadata: dict[str, object] = field(default_factory=dict)
    shapes: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """The size in pixels that coordinates in a file are given in."""

    width: float
    height: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.width) and math.isfinite(self.height) and self.width > 0 and self.height > 0):
            raise InvalidInput("the annotation says an impossible size of the image")

    def corners(
        self, label: str, left: float, top: float, right: float, bottom: float, *, confidence: float | None = None
    ) -> Shape | None:
        """Return a box by two corners in pixels; `None` if nothing of it is in the picture."""
        across, down = self.width, self.height
        return boxed(label, left / across, top / down, right / across, bottom / down, confidence=confidence)

    def outline(
        self, label: str, points: Iterable[Sequence[float]], *, confidence: float | None = None
    ) -> Shape | None:
        """Return a polygon by its points in pixels; `None` if nothing of it is in the picture."""
        return outlined(label, [(x / self.width, y / self.height) for x, y in points], confidence=confidence)


def boxed(
    label: str,
    left: float,
    top: float,
    right: float,
    bottom: float,
    *,
    polygon: tuple[Point, ...] | None = None,
    confidence: float | None = None,
) -> Shape | None:
    """Return a box by two corners in shares, cut off at the picture's edges; `None` if nothing of it is inside.

    Raises:
        InvalidInput: A coordinate is not a finite number.
    """
    if not all(map(math.isfinite, (left, top, right, bottom))):
        raise InvalidInput("the annotation holds a coordinate that is no number")
    x0, x1 = sorted((_share(left), _share(right)))
    y0, y1 = sorted((_share(top), _share(bottom)))
    if x1 <= x0 or y1 <= y0:
        return None
    return Shape(label, (x0, y0, x1 - x0, y1 - y0), polygon, confidence)


def outlined(label: str, points: Sequence[Point], *, confidence: float | None = None) -> Shape | None:
    """Return a polygon by its points in shares, as `boxed` does; its box is the smallest around it."""
    if len(points) < 3:
        raise InvalidInput("a polygon has at least three points")
    if not all(math.isfinite(value) for point in points for value in point):
        raise InvalidInput("the annotation holds a coordinate that is no number")
    inside = tuple((_share(x), _share(y)) for x, y in points)
    xs, ys = [x for x, _ in inside], [y for _, y in inside]
    return boxed(label, min(xs), min(ys), max(xs), max(ys), polygon=inside, confidence=confidence)


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def area(points: Sequence[Point]) -> float:
    """Return the area of a polygon (shoelace formula)."""
    turned = [*points[1:], points[0]]
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(points, turned, strict=True))) / 2


def number(value: object, what: str) -> float:
    """Read a number, also where it is spelled as a text.

    Raises:
        InvalidInput: It is something else, or not finite.
    """
    try:
        found = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise InvalidInput(f"the annotation's {what} is no number: {str(value)[:40]!r}")
    return found


def checked_label(value: object) -> str:
    """Read a class name.

    Raises:
        InvalidInput: It is no text of 1 to 255 characters.
    """
    label = value.strip() if isinstance(value, str) else ""
    if not 0 < len(label) <= 255:
        raise InvalidInput("the annotation holds a class without a name of 1 to 255 characters")
    return label


def kept(shapes: Iterable[Shape | None]) -> list[Shape]:
    """Return the shapes that are there.

    Raises:
        InvalidInput: There are too many.
    """
    found = [shape for shape in shapes if shape is not None]
    if len(found) > MAX_SHAPES:
        raise InvalidInput("the image has too many annotations", allowed=f"at most {MAX_SHAPES:,}")
    return found
