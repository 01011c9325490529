"""The moments of a video: one good frame of each scene."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import chain, pairwise

import numpy as np
import pytest
from PIL import Image

from fototeca.errors import CorruptMedia
from fototeca.media import Limits, frames, sniff
from fototeca.media.frames import Moment, moments
from fototeca.media.video import VideoFile
from tests.videos import CONTAINERS, blurred, fading_in, scene, still, video

BLACK = Image.new("RGB", (176, 144))


def found(data: bytes) -> list[Moment]:
    with VideoFile(io.BytesIO(data), sniff(data), Limits()) as file:
        return list(moments(file))


def seconds(pictures: Iterator[Image.Image], muxer: str = "mp4", codec: str = "libx264") -> list[float]:
    return [moment.seconds for moment in found(video(pictures, muxer, codec))]


def moving(picture: Image.Image, count: int, step: int) -> Iterator[Image.Image]:
    """The view of a camera that is turned over a wide picture."""
    width = picture.width // 3
    return (picture.crop((at * step, 0, at * step + width, picture.height)) for at in range(count))


@pytest.mark.parametrize("name", sorted(CONTAINERS))
def test_each_scene_has_its_moment(name: str) -> None:
    muxer, codec = CONTAINERS[name]
    found = seconds(chain.from_iterable(still(scene(seed), 40) for seed in range(4)), muxer, codec)
    assert found == pytest.approx([0, 1.6, 3.2, 4.8], abs=0.15)


def test_pictures_are_upright_and_of_their_scene() -> None:
    scenes = [scene(seed, (320, 240)) for seed in range(3)]
    turned = (picture.transpose(Image.Transpose.ROTATE_270) for one in scenes for picture in still(one, 40))
    for moment, expected in zip(found(video(turned, turned=90)), scenes, strict=True):
        assert moment.picture.size == (320, 240)
        difference = np.asarray(moment.picture).astype(int) - np.asarray(expected)
        assert np.abs(difference).mean() < 12


def test_black_and_blurred_scenes_are_passed_over() -> None:
    scenes = [scene(1), BLACK, blurred(scene(2)), scene(3)]
    assert seconds(chain.from_iterable(still(one, 40) for one in scenes)) == pytest.approx([0, 4.8], abs=0.15)


def test_a_fade_gives_its_moment_late() -> None:
    [only] = seconds(chain(fading_in(scene(1), 25), still(scene(1), 25)))
    assert 0.4 <= only <= 1.2


def test_a_moving_camera_is_no_cut() -> None:
    wide = scene(7, (600, 144))
    assert len(seconds(moving(wide, 100, 4))) <= 2


def test_a_slow_change_is_seen_in_time() -> None:
    blend = (Image.blend(scene(1), scene(2), min(1.0, max(0.0, (at - 100) / 100))) for at in range(300))
    found = seconds(blend)
    assert found[0] == 0
    assert len(found) >= 2
    assert min(later - sooner for sooner, later in pairwise(found)) >= 1


def test_a_storm_of_cuts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    storm = chain.from_iterable(still(scene(seed), 10) for seed in range(30))
    data = video(storm)
    times = [moment.seconds for moment in found(data)]
    assert min(later - sooner for sooner, later in pairwise(times)) >= 1
    monkeypatch.setattr(frames, "MOST", 3)
    assert len(found(data)) <= 3


def test_long_videos_are_looked_at_by_key_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "SCAN", 1)
    data = video(chain.from_iterable(still(scene(seed), 50) for seed in range(4)), codec_options={"g": "25"})
    assert [moment.seconds for moment in found(data)] == pytest.approx([0, 2, 4, 6], abs=0.05)


def test_nothing_good_still_has_a_moment() -> None:
    assert seconds(still(BLACK, 30)) == [0]


def test_they_are_made_as_they_are_asked_for() -> None:
    data = video(chain.from_iterable(still(scene(seed), 40) for seed in range(8)))
    with VideoFile(io.BytesIO(data), sniff(data), Limits(), budget=176 * 144 * 100) as file:
        walk = moments(file)
        assert next(walk).seconds == 0
        assert next(walk).seconds == pytest.approx(1.6, abs=0.15)
        assert [moment.seconds for moment in walk] == pytest.approx([3.2], abs=0.15)  # the budget ends at 4 s


def test_no_frames_at_all() -> None:
    data = video(still(scene(1), 1), "matroska")
    with pytest.raises(CorruptMedia):
        found(data[: data.index(b"\x1fC\xb6u") + 4])
