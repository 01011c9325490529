"""The one frame of a video that stands for it wherever pictures are shown.

The first good frame is chosen: not black, not blank, not blurred. So a video that fades in from black is known by what
comes out of the dark, and two of them do not look alike because both begin with nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fototeca.assets import Quality
from fototeca.errors import CorruptMedia
from fototeca.media import quality
from fototeca.media.video_frame import Frame

if TYPE_CHECKING:
    from fototeca.media.video import VideoFile

OPENING = 5.0
"""Seconds from the start that are looked through before other places are tried."""

STEP = 0.2
"""Seconds between the frames of the opening that are looked at."""

SETTLING = 1.0
"""Seconds after a good frame in which a better one may take its place, such as at the end of a fade."""

PLACES = (0.1, 0.25, 0.5, 0.75)
"""Where else to look, as shares of the duration: at the key frames before."""

BETTER = 1.1
"""How much better a later frame must be to take the place of an earlier one."""

DARKEST, FLATTEST, SOFTEST = 0.06, 0.06, 0.1
"""Brightness, contrast and sharpness below which a frame is no good."""


def choose(video: VideoFile, duration: float | None) -> Frame:
    """Find the poster of a video.

    Raises:
        CorruptMedia: No frame of it can be decoded.
    """
    best = _opening(video)
    if best is None or not best.good:
        places = [share * (duration or 0.0) for share in PLACES]
        for place in places:
            here = next(video.frames(place, keys_only=True), None)
            if here is not None:
                best = _better(best, Judged.of(here))
                if best.good:
                    break
    if best is None:
        raise CorruptMedia(f"no frame of the {video.format.name} file can be decoded")
    return best.frame


class Judged(NamedTuple):
    """A frame and how it looks."""

    frame: Frame
    looks: Quality

    @classmethod
    def of(cls, frame: Frame) -> Judged:
        """Judge a frame, by a small picture of it."""
        return cls(frame, quality.judge(frame.picture(quality.SIDE)))

    @property
    def good(self) -> bool:
        """Whether it is worth showing."""
        looks = self.looks
        return looks.brightness >= DARKEST and looks.contrast >= FLATTEST and looks.sharpness >= SOFTEST

    @property
    def score(self) -> float:
        """How much there is to see in it; only for comparing the frames of one video."""
        return self.looks.contrast * (0.2 + self.looks.sharpness)


def _opening(video: VideoFile) -> Judged | None:
    """The first frame if it is good; else the first good one, or the best that comes shortly after; else the best."""
    best: Judged | None = None
    due = 0.0
    for frame in video.frames():
        if frame.seconds > (best.frame.seconds + SETTLING if best and best.good else OPENING):
            break
        if frame.seconds < due:
            continue
        due = frame.seconds + STEP
        judged = Judged.of(frame)
        if best is None and judged.good:
            return judged
        best = _better(best, judged)
    return best


def _better(one: Judged | None, other: Judged) -> Judged:
    """The later of two frames if it is clearly better: a fade is waited for, and no more."""
    if one is None or (other.good, other.score) > (one.good, one.score * BETTER):
        return other
    return one
