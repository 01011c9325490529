"""Transformations in delivery URLs: what their letters mean, as a bounded plan.

`w_300,h_200,c_fill,g_face/r_20,f_auto` is a chain of components, each a list of parameters. What Cloudinary knows and
Fototeca does not is an error that names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote

import msgspec
from PIL import ImageColor

from fototeca.errors import InvalidInput
from fototeca.media import Plan, Step
from fototeca.media.transform import GRAVITIES, MAX_STEPS, MIME

DEFAULT_QUALITY = 80

_THEIRS = frozenset(
    re.findall(
        r"[a-z]+",
        "a ac af ar b bl bo br c co cs d dl dn dpr du e eo f fl fn fps g h if ki l o p pg q r so sp t u vc vs w x y z",
    )
)
"""Every parameter that Cloudinary has: a part of a path that begins with another one is a folder."""
_PARAMETER = re.compile(r"([a-z]{1,3})_([^,]{1,200})")
_DECIMAL = re.compile(r"-?(?:[0-9]{1,5}(?:\.[0-9]{1,4})?|\.[0-9]{1,4})")
_RATIO = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,3})?)(?::([0-9]{1,4}(?:\.[0-9]{1,3})?))?")
_NAMES = {
    "a": "angle",
    "ar": "aspect_ratio",
    "b": "background",
    "c": "crop",
    "co": "color",
    "e": "effect",
    "f": "fetch_format",
    "fl": "flags",
    "g": "gravity",
    "h": "height",
    "l": "overlay",
    "q": "quality",
    "r": "radius",
    "so": "start_offset",
    "w": "width",
}
_OVERLAY = re.compile(r"text:[^:]{1,60}?_([0-9]{1,3})(?:_[a-z]+)*:([^:/]{1,200})")
_MODES = {
    **{mode: mode for mode in ("scale", "fit", "limit", "mfit", "fill", "lfill", "pad", "lpad", "crop", "thumb")},
    "fill_pad": "fill",
}
_GRAVITY = {
    "auto:faces": "face",
    "auto:face": "face",
    "faces:auto": "face",
    "face:center": "face",
    "auto:subject": "auto",
}
_QUALITIES = {"auto": 80, "auto:best": 90, "auto:good": 80, "auto:eco": 65, "auto:low": 50}
_FORMATS = {"jpeg": "jpg", "jpe": "jpg", **{name: name for name in MIME}}


class Share(NamedTuple):
    """A part of a video's length, 0 to 1."""

    part: float


_MIDDLE = Share(0.5)


@dataclass(frozen=True, slots=True)
class Transformation:
    """What a URL asks for.

    Attributes:
        steps: Changes of the picture.
        format: What it asks to be encoded as; "auto" leaves that to what the browser takes, "" to the file.
        quality: 1 to 100.
        offset: Which frame of a video: "auto" for its poster, seconds, or a `Share` of its length.
    """

    steps: tuple[Step, ...]
    format: str = ""
    quality: int = DEFAULT_QUALITY
    offset: str | float | Share | None = None

    def plan(self, own: str, accept: str = "", asked: str = "") -> Plan:
        """Return the plan for an original.

        Args:
            own: The original's format.
            accept: The `Accept` header of whoever asks.
            asked: The extension in the URL.

        Raises:
            InvalidInput: It cannot be encoded as asked.
        """
        chosen = self.format or asked or own
        if chosen == "auto":
            chosen = next((name for name in ("avif", "webp") if MIME[name] in accept), "jpg" if own == "jpg" else "png")
        if chosen not in _FORMATS and not (self.format or asked):
            chosen = "jpg"
        if chosen not in _FORMATS:
            raise _invalid(f"f_{chosen}")
        if self.offset is not None:
            raise _invalid("so", "; only videos have a start offset")
        return Plan(steps=self.steps, format=_FORMATS[chosen], quality=self.quality)

    def still(self, duration: float | None, asked: str = "") -> Plan:
        """Return the plan for a frame of a video, the one in its middle unless it is told.

        Args:
            duration: The video's, seconds.
            asked: The extension in the URL.

        Raises:
            InvalidInput: What is asked for is no picture.
        """
        chosen = _FORMATS.get(self.format if self.format not in {"", "auto"} else asked)
        if chosen is None or chosen == "gif":
            raise InvalidInput(
                "Videos are delivered as they are, or as a still picture: end the address with .jpg, .png or .webp",
                field="transformation",
                allowed="jpg, png, webp, avif",
            )
        offset = _MIDDLE if self.offset is None else self.offset
        moment = None if isinstance(offset, str) else offset
        if isinstance(moment, Share):
            moment = round(moment.part * (duration or 0.0), 3)
        return Plan(steps=self.steps, format=chosen, quality=self.quality, moment=moment)


def is_component(part: str) -> bool:
    """Whether a part of a path is a component of a transformation, known here or not."""
    found = [_PARAMETER.fullmatch(each) for each in part.split(",")]
    return all(each is not None and each[1] in _THEIRS for each in found)


def parse(text: str) -> Transformation:
    """Read a transformation, components joined with "/".

    Raises:
        InvalidInput: A parameter or value is not known here, or there are too many components.
    """
    components = [part for part in text.strip("/").split("/") if part]
    if len(components) > MAX_STEPS:
        raise InvalidInput(f"a transformation has at most {MAX_STEPS} components", field="transformation")
    steps: list[Step] = []
    output: dict[str, Any] = {}
    for component in components:
        changes: dict[str, Any] = {}
        for parameter in component.split(","):
            found = _PARAMETER.fullmatch(parameter)
            reader = _READERS.get(found[1]) if found else None
            if found is None or reader is None:
                raise _invalid(parameter)
            name, value = reader(found[2], parameter)
            (output if name in {"format", "quality", "offset"} else changes)[name] = value
        if changes:
            steps.append(_step(changes))
    return Transformation(tuple(steps), **output)


def described(text: str) -> list[dict[str, Any]]:
    """Return a transformation as the SDKs write it in code: names in full, numbers as numbers."""
    return [
        {
            _NAMES.get(name, name): int(value) if value.isdecimal() else value
            for name, _, value in (parameter.partition("_") for parameter in component.split(","))
        }
        for component in text.split("/")
    ]


def _step(changes: dict[str, Any]) -> Step:
    if "overlay" in changes:
        size, text = changes.pop("overlay")
        changes |= {"text": text, "text_size": max(1, size)}
    if "mode" not in changes and changes.keys() & {"width", "height", "aspect"}:
        changes["mode"] = "scale" if "aspect" not in changes else "fill"
    return msgspec.structs.replace(Step(), **{name: value for name, value in changes.items() if name != "ignored"})


def _invalid(parameter: str, why: str = "") -> InvalidInput:
    return InvalidInput(f"Invalid transformation component - {parameter[:100]}{why}", field="transformation")


_Reader = Callable[[str, str], tuple[str, Any]]


def _decimal(value: str, whole: str) -> float:
    if not _DECIMAL.fullmatch(value):
        raise _invalid(whole)
    return float(value)


def _side(name: str) -> _Reader:
    def read(value: str, whole: str) -> tuple[str, float | int]:
        side = _decimal(value, whole)
        if side <= 0:
            raise _invalid(whole)
        return name, side if "." in value else int(side)

    return read


def _choice(name: str, choices: dict[str, Any]) -> _Reader:
    def read(value: str, whole: str) -> tuple[str, Any]:
        if value not in choices:
            raise _invalid(whole)
        return name, choices[value]

    return read


def _whole(name: str) -> _Reader:
    return lambda value, whole: (name, round(_decimal(value, whole)))


def _aspect(value: str, whole: str) -> tuple[str, float]:
    found = _RATIO.fullmatch(value)
    if found is None or not float(found[1]) or (found[2] and not float(found[2])):
        raise _invalid(whole)
    return "aspect", float(found[1]) / float(found[2] or 1)


def _scale(value: str, whole: str) -> tuple[str, float]:
    scale = 1.0 if value == "auto" else _decimal(value, whole)
    if not 0 < scale <= 10:
        raise _invalid(whole)
    return "scale", scale


def _radius(value: str, whole: str) -> tuple[str, int]:
    return "radius", -1 if value == "max" else max(0, round(_decimal(value, whole)))


def _quality(value: str, whole: str) -> tuple[str, int]:
    quality = _QUALITIES.get(value) or round(_decimal(value, whole))
    if not 1 <= quality <= 100:
        raise _invalid(whole)
    return "quality", quality


def colour_of(value: str) -> str:
    """Return a colour, such as `red` or `rgb:ff0000`, as pictures are made with it; `ValueError` if it is none."""
    colour = f"#{value[4:]}" if value.startswith("rgb:") else value
    ImageColor.getrgb(colour)
    return colour


def _background(value: str, whole: str) -> tuple[str, str]:
    try:
        return "background", colour_of(value)
    except ValueError:
        raise _invalid(whole) from None


def _text(value: str, whole: str) -> tuple[str, tuple[int, str]]:
    """An overlay of text, `text:FONT_SIZE:WORDS`; whatever the font, it is written in ours."""
    found = _OVERLAY.fullmatch(value)
    if found is None:
        raise _invalid(whole)
    return "overlay", (int(found[1]), unquote(found[2]))


def _text_colour(value: str, whole: str) -> tuple[str, str]:
    return "text_color", _background(value, whole)[1]


def _effect(value: str, whole: str) -> tuple[str, bool]:
    if value != "grayscale":
        raise _invalid(whole)
    return "grayscale", True


def _offset(value: str, whole: str) -> tuple[str, str | float | Share]:
    """When a frame is shown: `auto`, seconds, or percent as `35p` or `35%`."""
    if value == "auto":
        return "offset", value
    number = _decimal(value.rstrip("p%") if value[-1] in "p%" else value, whole)
    if number < 0 or (value[-1] in "p%" and number > 100):
        raise _invalid(whole)
    return "offset", Share(number / 100) if value[-1] in "p%" else number


_READERS: dict[str, _Reader] = {
    "w": _side("width"),
    "h": _side("height"),
    "c": _choice("mode", _MODES),
    "g": _choice("gravity", {**{name: name for name in GRAVITIES}, **_GRAVITY}),
    "ar": _aspect,
    "x": _whole("x"),
    "y": _whole("y"),
    "a": lambda value, whole: ("angle", _decimal(value, whole)),
    "r": _radius,
    "e": _effect,
    "b": _background,
    "f": _choice("format", {**_FORMATS, "auto": "auto"}),
    "q": _quality,
    "l": _text,
    "co": _text_colour,
    "dpr": _scale,
    "so": _offset,
    "fl": _choice("ignored", dict.fromkeys(("progressive", "lossy", "strip_profile", "immutable_cache"))),
}
