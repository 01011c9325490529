"""The frame that stands for a video."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import chain

import pytest
from PIL import Image

from fototeca.media import Limits, read, sniff
from fototeca.media.poster import choose
from fototeca.media.video import VideoFile
from fototeca.media.video_frame import Frame
from tests.videos import blurred, fading_in, scene, still, video

BLACK = Image.new("RGB", (176, 144))


def poster(frames: Iterator[Image.Image], codec: str = "libx264") -> Frame:
    data = video(frames, codec=codec)
    with VideoFile(io.BytesIO(data), sniff(data), Limits()) as file:
        return choose(file, file.duration())


def likeness(one: str | None, other: str | None) -> int:
    """Bits in which two perceptual hashes differ."""
    return (int(one or "0", 16) ^ int(other or "0", 16)).bit_count()


def test_a_good_first_frame_is_the_poster() -> None:
    assert poster(chain(still(scene(1), 20), still(scene(2), 20))).seconds == 0


def test_black_and_blurred_beginnings_are_passed_over() -> None:
    found = poster(chain(still(BLACK, 25), still(blurred(scene(1)), 25), still(scene(2), 25)))
    assert 2 <= found.seconds <= 2.3


def test_a_fade_is_waited_for() -> None:
    found = poster(chain(fading_in(scene(1), 50), still(scene(1), 50)))
    assert 1.5 <= found.seconds <= 2.5
    whole = read(video(still(scene(1), 5)), filename="whole")
    faded = read(video(chain(fading_in(scene(1), 50), still(scene(1), 50))), filename="faded")
    assert likeness(whole.facts.phash, faded.facts.phash) <= 6


@pytest.mark.parametrize("dark", [25, 100])
def test_videos_that_fade_from_black_are_not_alike(dark: int) -> None:
    """Of different videos that all begin in the dark, no two have nearly the same hash."""
    hashes = [
        read(
            video(chain(still(BLACK, dark), fading_in(scene(seed), 25), still(scene(seed), 25))), filename=str(seed)
        ).facts.phash
        for seed in range(6)
    ]
    pairs = [likeness(one, other) for place, one in enumerate(hashes) for other in hashes[:place]]
    assert min(pairs) > 12, pairs


def test_a_long_dark_opening_is_left_for_later_key_frames() -> None:
    frames = chain(still(BLACK, 200), still(scene(3), 200))
    assert poster(frames, codec="mpeg4").seconds >= 8


def test_nothing_good_anywhere_still_has_a_poster() -> None:
    assert poster(still(BLACK, 50)).seconds == 0


def test_how_much_is_decoded_is_bounded() -> None:
    data = video(still(BLACK, 100))
    with VideoFile(io.BytesIO(data), sniff(data), Limits(), budget=10 * 176 * 144) as file:
        assert len(list(file.frames())) <= 10
        assert list(file.frames()) == []
