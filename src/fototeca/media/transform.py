"""Pictures made of a picture, or of a frame of a video: resized, cropped, turned and encoded as a plan says.

A plan is bounded before any pixel is touched, and is carried out where files are read: see `Reader.transform`.
"""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from fototeca.assets import Kind
from fototeca.errors import InvalidInput
from fototeca.media.decode import fit, open_image, reasons, turned_upright
from fototeca.media.formats import HEAD_BYTES, JPEG, sniff
from fototeca.media.limits import Limits
from fototeca.media.poster import choose
from fototeca.media.reading import opened

if TYPE_CHECKING:
    from fototeca.media.video import VideoFile

MAX_SIDE = 5_000
MAX_PIXELS = 25_000_000
MAX_STEPS = 12
LARGEST_FRAME = 4_096
"""Longest side of a frame of a video that pictures are made of, pixels."""

Box = tuple[float, float, float, float]

MIME = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "avif": "image/avif", "gif": "image/gif"}
"""What pictures can be encoded as."""

_COMPASS = {
    "north_west": (0.0, 0.0),
    "north": (0.5, 0.0),
    "north_east": (1.0, 0.0),
    "west": (0.0, 0.5),
    "center": (0.5, 0.5),
    "east": (1.0, 0.5),
    "south_west": (0.0, 1.0),
    "south": (0.5, 1.0),
    "south_east": (1.0, 1.0),
}
GRAVITIES = (*_COMPASS, "face", "faces", "auto")
"""What a crop keeps: a side or corner, the faces, or where most happens."""

_OPAQUE = frozenset({"jpg"})
_ENERGY_SIDE = 128


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change. Everything that it says happens in this order: crop or resize, turn, corners, greys.

    Attributes:
        mode: "scale", "fit", "fill", "pad", "crop" or "thumb"; "limit", "lfill" and "lpad" are "fit", "fill" and "pad"
            that never make a picture larger, and "mfit" is "fit" that never makes it smaller. `None` leaves the size
            alone.
        width: Pixels, or as a float a part of the present width; `None` follows from the height.
        height: Likewise.
        aspect: Width by height, where one of the two is not given.
        gravity: One of `GRAVITIES`.
        x: Pixels by which a crop is moved to the right.
        y: Pixels by which a crop is moved down.
        background: What a pad is filled with, a name or "#rrggbb"; `None` is transparent where that is possible.
        angle: Degrees clockwise.
        radius: Of the corners, pixels; -1 makes an ellipse.
        grayscale: Without colour.
        text: Written onto the picture; width and height are then those of the text.
        text_size: Height of its letters, pixels.
        text_color: As `background`.
        scale: What width and height in pixels are multiplied with.
    """

    mode: str | None = None
    width: int | float | None = None
    height: int | float | None = None
    aspect: float | None = None
    gravity: str = "center"
    x: int = 0
    y: int = 0
    background: str | None = None
    angle: float = 0.0
    radius: int = 0
    grayscale: bool = False
    text: str = ""
    text_size: int = 16
    text_color: str = "black"
    scale: float = 1.0


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to make of a picture, or of one frame of a video.

    Attributes:
        format: A key of `MIME`.
        quality: 1 to 100.
        faces: Boxes of faces, as shares of the upright picture.
        moment: Of a video, seconds from its start; `None` is the frame that stands for it, its poster.
    """

    steps: tuple[Step, ...] = ()
    format: str = "jpg"
    quality: int = 82
    faces: tuple[Box, ...] = ()
    moment: float | None = None


class Made(NamedTuple):
    """An encoded picture and its size in pixels."""

    data: bytes
    width: int
    height: int


def transform(source: Path | bytes, plan: Plan, limits: Limits | None = None) -> Made:
    """Carry out a plan on an image file, or on a frame of a video file.

    Raises:
        MediaError: The file cannot be read.
        InvalidInput: The plan asks for more than is allowed.
    """
    limits = limits or Limits()
    with opened(source) as file:
        kind = sniff(file.read(HEAD_BYTES))
        file.seek(0)
        if kind.kind is Kind.VIDEO:
            from fototeca.media.video import VideoFile  # noqa: PLC0415 - FFmpeg takes a while to load

            with VideoFile(file, kind, limits) as video:
                image = _frame(video, plan.moment)
        else:
            image = _upright(file.read(), plan, limits)
    canvas = _Canvas(image, plan.faces)
    for step in plan.steps[:MAX_STEPS]:
        canvas.apply(step)
    return _encoded(canvas.image, plan)


def lettered(text: str, size: int, colour: str, background: str | None = None) -> Made:
    """Make a PNG picture of a text, just as large as that.

    Args:
        text: May have several lines.
        size: Height of its letters, pixels.
        colour: A name, or "#rrggbb".
        background: Likewise; `None` is transparent.

    Raises:
        InvalidInput: The picture would be too large.
    """
    image = _lettering(text, size, colour)
    if background is not None:
        image = Image.alpha_composite(Image.new("RGBA", image.size, background), image)
    return _encoded(image, Plan(format="png"))


def _upright(data: bytes, plan: Plan, limits: Limits) -> Image.Image:
    """The upright picture of an image file, decoded no larger than the plan needs it."""
    image = open_image(data, limits)
    with reasons(image.format):
        if image.format is JPEG and plan.steps and (side := _reach(plan, image.size)) is not None:
            image.image.draft(image.mode, fit(image.size, side))
        image.image.load()
        return turned_upright(image)


def _frame(video: VideoFile, moment: float | None) -> Image.Image:
    """The picture of a video at a moment, or at its end if that comes before."""
    frame = choose(video, video.duration()) if moment is None else video.frame(moment)
    return frame.picture(LARGEST_FRAME)


def _reach(plan: Plan, size: tuple[int, int]) -> int | None:
    """The longest side that is enough to begin with, where the first step only makes the picture smaller."""
    first = plan.steps[0]
    if first.mode not in {"fit", "limit", "fill", "scale", "pad"} or not _in_pixels(first):
        return None
    longest = max((first.width or 0), (first.height or 0)) * first.scale * 2
    ratio = max(size) / max(1, min(size))
    return math.ceil(longest * ratio) if first.mode == "fill" else math.ceil(longest)


def _in_pixels(step: Step) -> bool:
    given = [side for side in (step.width, step.height) if side is not None]
    return bool(given) and all(isinstance(side, int) for side in given)


class _Canvas:
    """A picture that is being changed, and where the faces in it are, in pixels."""

    def __init__(self, image: Image.Image, faces: tuple[Box, ...]) -> None:
        self.image = image
        width, height = image.size
        self._faces = [(x * width, y * height, w * width, h * height) for x, y, w, h in faces]

    def apply(self, step: Step) -> None:
        """Carry out one step."""
        if step.text:
            self._write(step)
            return
        match step.mode:
            case "scale":
                self._resize(self._target(step))
            case "fit" | "limit" | "mfit":
                self._resize(self._inside(step))
            case "fill" | "thumb" | "lfill":
                self._fill(step)
            case "pad" | "lpad":
                self._pad(step)
            case "crop":
                width, height = self._target(step)
                self._cut((min(width, self.image.width), min(height, self.image.height)), step)
        if step.angle % 360:
            self._turn(step)
        if step.radius:
            self._round(step.radius)
        if step.grayscale:
            self.image = self.image.convert("LA" if self.image.mode == "RGBA" else "L").convert(self.image.mode)

    def _write(self, step: Step) -> None:
        """Put a text over the picture."""
        written = _Canvas(_lettering(step.text, step.text_size, step.text_color), ())
        if step.width or step.height:
            written.apply(msgspec.structs.replace(step, text="", mode=step.mode or "scale"))
        across, down = _COMPASS.get(step.gravity, _COMPASS["center"])
        spare = self.image.width - written.image.width, self.image.height - written.image.height
        mode = self.image.mode
        whole = self.image.convert("RGBA")
        layer = Image.new("RGBA", whole.size)
        layer.paste(written.image, (round(spare[0] * across) + step.x, round(spare[1] * down) + step.y))
        self.image = Image.alpha_composite(whole, layer)
        if mode != "RGBA":
            self.image = self.image.convert("RGB")

    def _target(self, step: Step) -> tuple[int, int]:
        """The size that a step names, what it leaves out following from the aspect ratio."""
        width, height = (
            _pixels(step.width, self.image.width, step.scale),
            _pixels(step.height, self.image.height, step.scale),
        )
        aspect = step.aspect or self.image.width / self.image.height
        if width is None and height is None:
            width, height = self.image.size
            if step.aspect:
                width, height = (
                    (round(height * aspect), height) if width / height > aspect else (width, round(width / aspect))
                )
        elif width is None:
            width = round((height or 1) * aspect)
        elif height is None:
            height = round(width / aspect)
        return _checked(max(1, width), max(1, height or 1))

    def _inside(self, step: Step) -> tuple[int, int]:
        """The largest size of the same shape that fits in the one a step names."""
        width, height = self._target(step)
        factor = min(width / self.image.width, height / self.image.height)
        if step.mode in {"limit", "lpad"}:
            factor = min(1.0, factor)
        elif step.mode == "mfit":
            factor = max(1.0, factor)
        return max(1, round(self.image.width * factor)), max(1, round(self.image.height * factor))

    def _resize(self, size: tuple[int, int]) -> None:
        if size == self.image.size:
            return
        across, down = size[0] / self.image.width, size[1] / self.image.height
        self.image = self.image.resize(size, Image.Resampling.LANCZOS)
        self._faces = [(x * across, y * down, w * across, h * down) for x, y, w, h in self._faces]

    def _fill(self, step: Step) -> None:
        width, height = self._target(step)
        if step.mode == "thumb" and self._faces:
            self._close_up(width / height)
        if step.mode == "lfill":
            width, height = min(width, self.image.width), min(height, self.image.height)
        factor = max(width / self.image.width, height / self.image.height)
        covering = max(width, round(self.image.width * factor)), max(height, round(self.image.height * factor))
        self._resize(_checked(*covering))
        self._cut((width, height), step)

    def _close_up(self, aspect: float) -> None:
        """Cut out the faces with some room around them, in a shape that then fills the target."""
        left, top, right, bottom = self._around_faces()
        width, height = (right - left) * 2, (bottom - top) * 2
        width, height = max(width, height * aspect), max(height, width / aspect)
        centre = (left + right) / 2, (top + bottom) / 2
        size = min(self.image.width, math.ceil(width)), min(self.image.height, math.ceil(height))
        self._cut_at(size, (centre[0] - size[0] / 2, centre[1] - size[1] / 2))

    def _pad(self, step: Step) -> None:
        width, height = self._target(step)
        self._resize(self._inside(step))
        transparent = step.background is None and self.image.mode == "RGBA"
        colour = (255, 255, 255, 0) if transparent else (*ImageColor.getrgb(step.background or "white")[:3], 255)
        across, down = _COMPASS.get(step.gravity, _COMPASS["center"])
        at = round((width - self.image.width) * across), round((height - self.image.height) * down)
        whole = Image.new("RGBA", (width, height), colour)
        whole.paste(self.image, at, self.image if self.image.mode == "RGBA" else None)
        self.image = whole if transparent else whole.convert("RGB")
        self._faces = [(x + at[0], y + at[1], w, h) for x, y, w, h in self._faces]

    def _cut(self, size: tuple[int, int], step: Step) -> None:
        spare = self.image.width - size[0], self.image.height - size[1]
        if step.gravity in {"face", "faces"} and self._faces:
            left, top, right, bottom = self._around_faces()
            at = (left + right - size[0]) / 2, (top + bottom - size[1]) / 2
        elif step.gravity == "auto" and any(spare):
            at = _busiest(self.image, size)
        else:
            across, down = _COMPASS.get(step.gravity, _COMPASS["center"])
            at = spare[0] * across, spare[1] * down
        self._cut_at(size, (at[0] + step.x, at[1] + step.y))

    def _cut_at(self, size: tuple[int, int], at: tuple[float, float]) -> None:
        left = round(min(max(at[0], 0), self.image.width - size[0]))
        top = round(min(max(at[1], 0), self.image.height - size[1]))
        self.image = self.image.crop((left, top, left + size[0], top + size[1]))
        self._faces = [(x - left, y - top, w, h) for x, y, w, h in self._faces]

    def _around_faces(self) -> Box:
        return (
            min(x for x, _, _, _ in self._faces),
            min(y for _, y, _, _ in self._faces),
            max(x + w for x, _, w, _ in self._faces),
            max(y + h for _, y, _, h in self._faces),
        )

    def _turn(self, step: Step) -> None:
        if self.image.mode == "RGBA" or step.angle % 90:
            self.image = self.image.convert("RGBA")
        before = self.image.size
        self.image = self.image.rotate(-step.angle, Image.Resampling.BICUBIC, expand=True)
        _checked(*self.image.size)
        # Pillow rounds the box around a turned picture up, so that it has an edge of nothing.
        turn, (width, height) = math.radians(step.angle), before
        across, down = abs(math.cos(turn)), abs(math.sin(turn))
        size = math.floor(width * across + height * down + 1e-6), math.floor(width * down + height * across + 1e-6)
        spare = self.image.width - size[0], self.image.height - size[1]
        self._cut_at((max(1, size[0]), max(1, size[1])), (spare[0] / 2, spare[1] / 2))
        self._faces = []  # where they are now would need more than it is worth

    def _round(self, radius: int) -> None:
        mask = Image.new("L", self.image.size)
        edge = 0, 0, self.image.width - 1, self.image.height - 1
        if radius < 0:
            ImageDraw.Draw(mask).ellipse(edge, fill=255)
        else:
            ImageDraw.Draw(mask).rounded_rectangle(edge, min(radius, min(self.image.size) // 2), fill=255)
        clear = Image.new("RGBA", self.image.size)
        clear.paste(self.image, (0, 0), mask)
        self.image = clear


def _lettering(text: str, size: int, colour: str) -> Image.Image:
    """A text on nothing, in the only font that is sure to be there."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = ImageDraw.Draw(Image.new("RGBA", (1, 1))).multiline_textbbox((0, 0), text, font)
    image = Image.new("RGBA", _checked(max(1, math.ceil(right - left)), max(1, math.ceil(bottom - top))))
    ImageDraw.Draw(image).multiline_text((-left, -top), text, colour, font)
    return image


def _pixels(side: float | None, present: int, scale: float) -> int | None:
    if side is None:
        return None
    return round(side * present) if isinstance(side, float) else round(side * scale)


def _checked(width: int, height: int) -> tuple[int, int]:
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise InvalidInput(
            f"Image too large: {width} x {height}", field="transformation", allowed=f"sides up to {MAX_SIDE} pixels"
        )
    return width, height


def _busiest(image: Image.Image, size: tuple[int, int]) -> tuple[float, float]:
    """Where a window of a size holds most of the picture's edges."""
    small = image.convert("L")
    small.thumbnail((_ENERGY_SIDE, _ENERGY_SIDE))
    grey = np.asarray(small, np.float32)
    energy = np.zeros_like(grey)
    energy[1:] += np.abs(np.diff(grey, axis=0))
    energy[:, 1:] += np.abs(np.diff(grey, axis=1))
    sums = np.pad(energy.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    scale = image.width / small.width
    wide = min(small.width, max(1, round(size[0] / scale)))
    high = min(small.height, max(1, round(size[1] / scale)))
    windows = sums[high:, wide:] - sums[:-high, wide:] - sums[high:, :-wide] + sums[:-high, :-wide]
    # Of windows that hold as much, the one nearest to the middle.
    rows, columns = np.nonzero(windows >= windows.max() * 0.999)
    middle = np.argmin(np.abs(rows - (windows.shape[0] - 1) / 2) + np.abs(columns - (windows.shape[1] - 1) / 2))
    return float(columns[middle] * scale), float(rows[middle] * scale)


def _encoded(image: Image.Image, plan: Plan) -> Made:
    if plan.format in _OPAQUE and image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    image.info = {}
    target = io.BytesIO()
    match plan.format:
        case "jpg":
            image.save(target, "JPEG", quality=plan.quality)
        case "png":
            image.save(target, "PNG")
        case "gif":
            image.convert("RGB").save(target, "GIF")
        case "webp":
            image.save(target, "WEBP", quality=plan.quality, method=2)
        case _:
            image.save(target, "AVIF", quality=plan.quality, speed=8)
    return Made(target.getvalue(), *image.size)
