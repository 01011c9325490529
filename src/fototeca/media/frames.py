"""The moments of a video: one good frame of each scene, with its time.

A scene begins with a cut, found as PySceneDetect's adaptive content detector does
(B. Castellano, https://www.scenedetect.com/docs/latest/api/detectors.html): the mean difference of a frame's pixels
from those of the frame before is compared with the differences around it, so that a moving camera is no cut. The pixels
are those of a thumbnail, in luma and chroma, as the codec has them. What changes without a cut, such as a dissolve or a
walk through a house, counts as a new scene once it looks different enough from the last moment.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from fototeca.assets import Kind
from fototeca.errors import UnsupportedMedia
from fototeca.media.decode import LARGEST
from fototeca.media.formats import HEAD_BYTES, sniff
from fototeca.media.limits import Limits
from fototeca.media.poster import BETTER, Judged, choose
from fototeca.media.reading import opened
from fototeca.media.renditions import encode
from fototeca.media.video_frame import Frame, Thumbnail

if TYPE_CHECKING:
    from fototeca.media.video import VideoFile

MOST = 200
"""Moments of one video."""

LEAST_GAP = 1.0
"""Seconds between two moments, at least; more in videos that are too long for `MOST` of them."""

STEP = 0.08
"""Seconds between the frames that are compared, at least: some twelve of a second."""

AROUND = 2
"""Differences before and after that each one is compared with."""

RATIO = 3.0
"""How many times the differences around it a cut's difference is."""

LEAST_CUT = 12.0
"""The smallest difference of a cut: mean over all pixels, levels of 255, luma and both chromas added."""

CHANGED = 18.0
"""So different from the last moment, a frame is a new one without a cut."""

PATIENCE = 4
"""How many gaps must have passed since the last moment before a change without a cut counts."""

SETTLING = 0.5
"""Seconds after a scene's first good frame in which a better one may take its place."""

SCAN = 40_000_000_000
"""Pixels up to which every frame is decoded, some ten minutes of Full HD; of longer videos only the key frames are."""

DECODED = 2 * SCAN
"""Pixels that may be decoded of one video, whatever it says of itself."""

THUMBNAIL = (64, 36)
"""Width and height of the thumbnails that are compared."""


class Moment(NamedTuple):
    """A frame that is worth looking at.

    Attributes:
        seconds: Where in the video.
        picture: As displayed, RGB.
    """

    seconds: float
    picture: Image.Image


def moments(video: VideoFile, longest: int = LARGEST) -> Iterator[Moment]:
    """Find the moments of a video, in order of time; at least one, its poster, if any frame can be decoded.

    They are made as they are asked for, and no more than a handful of frames is in memory at a time.

    Args:
        video: Just opened.
        longest: Longest side of the pictures, pixels.

    Raises:
        CorruptMedia: No frame of it can be decoded.
    """
    duration = video.duration()
    keys_only = video.pixels(duration) > SCAN
    gap = max(LEAST_GAP, (duration or 0.0) / MOST)
    count = 0
    for judged in _scenes(video, gap, keys_only=keys_only):
        count += 1
        yield Moment(judged.frame.seconds, judged.frame.picture(longest))
        if count == MOST:
            return
    if not count:
        poster = choose(video, duration)
        yield Moment(poster.seconds, poster.picture(longest))


class Still(NamedTuple):
    """A moment as it leaves a reading process.

    Attributes:
        seconds: Where in the video.
        jpeg: Its picture, encoded.
    """

    seconds: float
    jpeg: bytes


def stills(source: Path | bytes, limits: Limits | None = None, longest: int = LARGEST) -> list[Still]:
    """Find the moments of a video file.

    Args:
        source: The file, or its bytes.
        limits: Bounds on it; by default those of `Limits`.
        longest: Longest side of the pictures, pixels.

    Raises:
        UnsupportedMedia: It is no video that is read here.
        CorruptMedia: No frame of it can be decoded.
        MediaTooLarge: It exceeds a limit.
    """
    from fototeca.media.video import VideoFile  # noqa: PLC0415 - FFmpeg takes a while to load

    limits = limits or Limits()
    with opened(source) as file:
        kind = sniff(file.read(HEAD_BYTES))
        if kind.kind is not Kind.VIDEO:
            raise UnsupportedMedia(f"a {kind.name} file has no moments")
        with VideoFile(file, kind, limits, budget=DECODED) as video:
            return [Still(seconds, encode(picture).data) for seconds, picture in moments(video, longest)]


class _Sample(NamedTuple):
    """A frame, its thumbnail, and the difference from the sample before."""

    frame: Frame
    thumbnail: Thumbnail
    difference: float


def _scenes(video: VideoFile, gap: float, *, keys_only: bool) -> Iterator[Judged]:
    """The first good frame of each scene, or a better one that comes shortly after it."""
    chosen: Judged | None = None
    shown: Thumbnail | None = None
    last = -math.inf
    wanted = True
    for sample, cut in _samples(video, keys_only=keys_only):
        seconds = sample.frame.seconds
        if chosen is not None and (cut or seconds > last + SETTLING):
            yield chosen
            chosen = None
        if cut:
            wanted = True
        elif not wanted and shown is not None and seconds >= last + (gap if keys_only else PATIENCE * gap):
            wanted = _difference(sample.thumbnail, shown) >= CHANGED
        if chosen is None and not (wanted and seconds >= last + gap):
            continue
        judged = Judged.of(sample.frame)
        if judged.good and (chosen is None or judged.score > chosen.score * BETTER):
            last = seconds if chosen is None else last
            chosen, shown, wanted = judged, sample.thumbnail, False
    if chosen is not None:
        yield chosen


def _samples(video: VideoFile, *, keys_only: bool) -> Iterator[tuple[_Sample, bool]]:
    """Frames at even steps, and whether there is a cut before each; told late, since what follows has a say in it."""
    window: deque[_Sample] = deque(maxlen=2 * AROUND + 1)
    before: Thumbnail | None = None
    due = 0.0
    for frame in video.frames(keys_only=keys_only):
        if frame.seconds < due:
            continue
        due = frame.seconds + STEP
        thumbnail = frame.thumbnail(THUMBNAIL)
        window.append(_Sample(frame, thumbnail, 0.0 if before is None else _difference(thumbnail, before)))
        before = thumbnail
        if len(window) > AROUND:
            yield _judged_cut(window, len(window) - 1 - AROUND)
    for at in range(max(0, len(window) - AROUND), len(window)):
        yield _judged_cut(window, at)


def _judged_cut(window: Sequence[_Sample], at: int) -> tuple[_Sample, bool]:
    others = [sample.difference for place, sample in enumerate(window) if place != at]
    usual = sum(others) / max(1, len(others))
    return window[at], window[at].difference >= max(LEAST_CUT, RATIO * usual)


def _difference(one: Thumbnail, other: Thumbnail) -> float:
    return float(np.abs(one - other).mean(axis=(1, 2)).sum())
