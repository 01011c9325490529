"""Whole videos through `read`: containers and codecs, how they are shown, and everything that must be refused."""

from __future__ import annotations

import hashlib
import io
import random
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fototeca.assets import Kind
from fototeca.errors import CorruptMedia, FototecaError, MediaError, MediaTooLarge, UnsupportedMedia
from fototeca.media import Limits, Media, Reader, read
from tests.videos import CONTAINERS, corners, only_sound, scene, still, video

MIMES = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "m4v": "video/x-m4v",
    "webm": "video/webm",
    "mkv": "video/matroska",
    "avi": "video/x-msvideo",
    "ts": "video/mp2t",
    "3gp": "video/3gpp",
}


def shown(media: Media, side: str = "1440") -> Image.Image:
    return Image.open(io.BytesIO(media.renditions[side].data))


def seen_as(picture: Image.Image) -> list[int]:
    """Which of red, green and blue is strongest in the upper corners."""
    width = picture.width
    return [int(np.argmax(picture.getpixel((x, 3)))) for x in (3, width - 4)]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CONTAINERS)
def test_container(name: str, tmp_path: Path) -> None:
    muxer, codec = CONTAINERS[name]
    data = video(still(corners(), 20), muxer, codec, sound=name != "3gp")
    path = tmp_path / "lies.jpg"
    path.write_bytes(data)
    media = read(path, filename="lies.jpg")
    assert media == read(data, filename="lies.jpg")
    assert (media.kind, media.format, media.mime, media.filename) == (Kind.VIDEO, name, MIMES[name], "lies.jpg")
    # h263 knows no square pixels: its 176 x 144 are shown 12 to 11 wide.
    assert (media.width, media.height) == ((192, 144) if name == "3gp" else (176, 144))
    assert media.bytes == len(data)
    assert media.sha256 == hashlib.sha256(data).hexdigest()
    assert media.facts.sha1 == hashlib.sha1(data).hexdigest()
    assert media.duration == pytest.approx(0.8, abs=0.05)
    assert media.facts.frames == pytest.approx(20, abs=1)
    told = media.facts.video
    assert told is not None
    names = {"libx264": "h264", "libvpx-vp9": "vp9"}
    assert (told.codec, told.frame_rate) == (names.get(codec, codec), 25)
    assert told.audio == {"3gp": None, "webm": "opus"}.get(name, "aac")
    assert told.bit_rate == pytest.approx(len(data) * 8 / 0.8, rel=0.1)
    assert media.facts.mode.startswith("yuv")


@pytest.mark.parametrize("codec", ["libx265", "libsvtav1", "libvpx", "mpeg4", "mpeg2video", "prores_ks", "ffv1"])
def test_codec(codec: str) -> None:
    muxer = {"libvpx": "webm", "prores_ks": "mov", "ffv1": "matroska"}.get(codec, "mp4")
    media = read(video(still(corners(), 6), muxer, codec), filename="made")
    names = {"libx265": "hevc", "libsvtav1": "av1", "libvpx": "vp8", "prores_ks": "prores"}
    assert media.facts.video is not None
    assert media.facts.video.codec == names.get(codec, codec)
    assert seen_as(shown(media)) == [0, 2]


def test_poster_gives_the_looks_and_renditions_of_an_image() -> None:
    picture = corners((640, 480))
    media = read(video(still(picture, 10)), filename="made", keep_pixels=True)
    image = read(encoded(picture), filename="made")
    assert {side: (r.width, r.height, r.extension) for side, r in media.renditions.items()} == {
        "1440": (640, 480, "jpg"),
        "256": (256, 192, "jpg"),
    }
    assert media.facts.phash is not None
    assert image.facts.phash is not None
    assert (int(media.facts.phash, 16) ^ int(image.facts.phash, 16)).bit_count() <= 4
    assert {colour.name for colour in media.facts.colors} == {colour.name for colour in image.facts.colors}
    assert media.facts.quality is not None
    assert media.facts.thumbhash
    assert media.pixels is not None
    assert media.pixels.shape == (480, 640, 3)


def encoded(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize(
    ("turned", "orientation", "stored"),
    [
        (None, 1, corners()),
        (90, 8, corners().transpose(Image.Transpose.ROTATE_270)),
        (180, 3, corners().transpose(Image.Transpose.ROTATE_180)),
        (270, 6, corners().transpose(Image.Transpose.ROTATE_90)),
    ],
)
@pytest.mark.parametrize("muxer", ["mp4", "mov"])
def test_rotation_is_applied(turned: float | None, orientation: int, stored: Image.Image, muxer: str) -> None:
    media = read(video(still(stored, 5), muxer, turned=turned), filename="made")
    assert (media.width, media.height, media.facts.orientation) == (176, 144, orientation)
    assert shown(media).size == (176, 144)
    assert seen_as(shown(media)) == [0, 2]


def test_mirror_is_applied() -> None:
    stored = corners().transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    media = read(video(still(stored, 5), turned=0, mirrored=True), filename="made")
    assert media.facts.orientation == 2
    assert seen_as(shown(media)) == [0, 2]


@pytest.mark.parametrize(
    ("shape", "turned", "size"),
    [(Fraction(4, 3), None, (235, 144)), (Fraction(3, 4), None, (176, 192)), (Fraction(4, 3), 90, (144, 235))],
)
def test_pixels_that_are_not_square(shape: Fraction, turned: float | None, size: tuple[int, int]) -> None:
    media = read(video(still(corners(), 5), stretched=shape, turned=turned), filename="made")
    assert (media.width, media.height) == size
    assert shown(media).size == size


def test_high_definition_has_its_own_colours() -> None:
    picture = Image.new("RGB", (1280, 720), (200, 30, 30))
    media = read(video(still(picture, 2)), filename="made", keep_pixels=True)
    assert media.pixels is not None
    assert np.abs(media.pixels[300, 300].astype(int) - (200, 30, 30)).max() <= 3
    assert (media.renditions["1440"].width, media.renditions["256"].width) == (1280, 256)


def test_recording_without_a_duration_is_measured() -> None:
    data = video(still(corners(), 50), "webm", "libvpx", options={"live": "1"})
    assert read(data, filename="live").duration == pytest.approx(2.0, abs=0.05)


def test_sound_only_is_no_video() -> None:
    with pytest.raises(UnsupportedMedia, match="holds sound, but no picture"):
        read(only_sound(), filename="song.mp4")


def test_no_frames() -> None:
    data = video(still(corners(), 1), "matroska")
    frames = data.index(b"\x1fC\xb6u")  # the first cluster
    with pytest.raises(CorruptMedia, match=r"no frame|broken"):
        read(data[: frames + 4], filename="empty.mkv")


def test_codec_that_is_not_read_is_named() -> None:
    with pytest.raises(UnsupportedMedia, match="codec"):
        read(video(still(corners(), 2), "avi", "asv1"), filename="old.avi")


def test_frames_of_too_many_pixels_are_refused() -> None:
    with pytest.raises(MediaTooLarge, match="176 x 144"):
        read(video(still(corners(), 2)), filename="large", limits=Limits(max_pixels=10_000))


def test_file_of_too_many_bytes_is_refused() -> None:
    data = video(still(corners(), 2))
    read(data, filename="large", limits=Limits(max_bytes=100))
    with pytest.raises(MediaTooLarge, match="bytes are more"):
        read(data, filename="large", limits=Limits(max_stream_bytes=100))


@pytest.mark.parametrize("name", CONTAINERS)
def test_truncated_and_damaged_files(name: str) -> None:
    """Each either is read as far as it goes or has a reason for its refusal."""
    muxer, codec = CONTAINERS[name]
    whole = video(still(scene(1), 25), muxer, codec)
    chance = random.Random(name)
    outcomes: Counter[str] = Counter()
    for number in range(40):
        data = bytearray(whole)
        if number % 2:
            del data[chance.randrange(len(data)) :]
        else:
            for _ in range(chance.randrange(1, 30)):
                data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            media = read(bytes(data), filename="damaged")
        except MediaError as error:
            outcomes[error.message] += 1
        else:
            assert media.renditions["256"].width > 0
            outcomes["read"] += 1
    assert outcomes["read"], outcomes
    assert len(outcomes) > 1, outcomes


def test_hostile_files_cost_only_their_process(tmp_path: Path) -> None:
    whole = video(still(scene(1), 25), sound=True)
    chance = random.Random(5)
    refused = []
    with Reader(1, Limits(max_seconds=20)) as reader:
        for number in range(30):
            data = bytearray(whole)
            # What the container says of itself stands at the end: tables of offsets, sizes and times.
            for _ in range(8):
                data[len(data) - 1 - chance.randrange(1500)] = chance.randrange(256)
            try:
                reader.read(bytes(data), f"{number}.mp4")
            except FototecaError as error:
                refused.append(error)
        path = tmp_path / "a.mp4"
        path.write_bytes(whole)
        assert reader.read(path, "a.mp4").kind is Kind.VIDEO
    assert refused
    assert {type(error) for error in refused} <= {CorruptMedia, MediaTooLarge, UnsupportedMedia}
    assert not any("crashed" in error.message for error in refused)


def test_live_photo_clip_of_a_phone(shared: Path) -> None:
    """A motion photo's video, which stands behind its picture."""
    data = (shared / "photos/phones/formats/motionphoto/samsung-one-ui-6.heic").read_bytes()
    start = data.index(b"ftypmp42") - 4
    media = read(data[start:], filename="motion.mp4")
    assert media.kind is Kind.VIDEO
    assert media.duration is not None
    assert 0.5 < media.duration < 10
    assert media.facts.quality is not None
    assert media.facts.quality.contrast > 0.1
