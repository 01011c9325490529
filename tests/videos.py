"""Small real videos for tests, encoded on the spot."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from PIL import Image, ImageDraw, ImageFilter

CONTAINERS = {
    "mp4": ("mp4", "libx264"),
    "mov": ("mov", "mpeg4"),
    "m4v": ("ipod", "libx264"),
    "webm": ("webm", "libvpx-vp9"),
    "mkv": ("matroska", "libx264"),
    "avi": ("avi", "mjpeg"),
    "ts": ("mpegts", "mpeg2video"),
    "3gp": ("3gp", "h263"),
}
"""By our name of the format: the muxer, and an encoder that is usual in it."""

_PIXELS = {"mjpeg": "yuvj420p", "prores_ks": "yuv422p10le"}


def video(
    frames: Iterable[Image.Image],
    muxer: str = "mp4",
    codec: str = "libx264",
    *,
    rate: int = 25,
    turned: float | None = None,
    mirrored: bool = False,
    stretched: Fraction | None = None,
    metadata: dict[str, str] | None = None,
    sound: bool = False,
    options: dict[str, str] | None = None,
    codec_options: dict[str, str] | None = None,
) -> bytes:
    """A video of these frames, which are all of one size.

    Args:
        frames: From first to last.
        muxer: FFmpeg's name of the container.
        codec: FFmpeg's name of the encoder.
        rate: Frames per second.
        turned: Degrees counter-clockwise by which players are told to turn it.
        mirrored: Whether they are told to mirror it first.
        stretched: Width by height of a pixel.
        metadata: By FFmpeg's names.
        sound: Whether there is a hum.
        options: Of the muxer.
        codec_options: Of the encoder.
    """
    target = io.BytesIO()
    pictures = iter(frames)
    first = next(pictures)
    with av.open(target, "w", format=muxer, options=options or {}) as container:
        container.metadata.update(metadata or {})
        stream = cast(VideoStream, container.add_stream(codec, rate=rate, options=codec_options or {}))
        stream.width, stream.height = first.size
        stream.pix_fmt = _PIXELS.get(codec, "yuv420p")
        if turned is not None:
            stream.set_display_rotation(turned, hflip=mirrored)
        if stretched is not None:
            stream.codec_context.sample_aspect_ratio = stretched
        hum = _sound_stream(container, "libopus" if muxer == "webm" else "aac") if sound else None
        for picture in (first, *pictures):
            container.mux(stream.encode(_frame(picture)))
        container.mux(stream.encode())
        if hum is not None:
            container.mux(hum.encode(_hum()))
            container.mux(hum.encode())
    return target.getvalue()


def only_sound() -> bytes:
    """An MP4 without a picture."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as container:
        hum = _sound_stream(container, "aac")
        container.mux(hum.encode(_hum()))
        container.mux(hum.encode())
    return target.getvalue()


def _sound_stream(container: OutputContainer, codec: str) -> AudioStream:
    return cast(AudioStream, container.add_stream(codec, rate=48_000))


def _frame(picture: Image.Image) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(np.asarray(picture.convert("RGB")), format="rgb24")
    # As cameras do it, and as players expect of high definition.
    return frame.reformat(format="yuv420p", dst_colorspace="ITU709") if frame.height >= 720 else frame


def _hum() -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 4_800), np.float32), format="fltp", layout="mono")
    frame.sample_rate = 48_000
    return frame


def corners(size: tuple[int, int] = (176, 144)) -> Image.Image:
    """Grey, with a red corner at the top left, a blue one at the top right, and edges to be sharp by."""
    image = Image.new("RGB", size, (90, 90, 90))
    draw = ImageDraw.Draw(image)
    width, height = size
    for x in range(0, width, 8):
        draw.line((x, height // 2, x, height), "white" if x % 16 else "black", 2)
    draw.rectangle((0, 0, width // 4, height // 4), "red")
    draw.rectangle((width - width // 4, 0, width, height // 4), "blue")
    return image


def scene(seed: int, size: tuple[int, int] = (176, 144)) -> Image.Image:
    """A picture full of coloured things, another one for each seed."""
    random = np.random.default_rng(seed)
    image = Image.new("RGB", size, tuple(random.integers(30, 200, 3).tolist()))
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        x, y, wide, high = random.integers((0, 0, 10, 10), (*size, 60, 60)).tolist()
        draw.rectangle((x, y, x + wide, y + high), tuple(random.integers(0, 255, 3).tolist()), "white")
    return image


def still(picture: Image.Image, count: int) -> Iterator[Image.Image]:
    """A picture that does not move."""
    return iter([picture] * count)


def fading_in(picture: Image.Image, count: int) -> Iterator[Image.Image]:
    """From black to a picture."""
    black = Image.new("RGB", picture.size)
    return (Image.blend(black, picture, number / max(1, count - 1)) for number in range(count))


def blurred(picture: Image.Image) -> Image.Image:
    """A picture out of focus."""
    return picture.filter(ImageFilter.GaussianBlur(max(picture.size) / 20))
