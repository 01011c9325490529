"""A video file: what its container says, and its frames.

FFmpeg reads and decodes (through PyAV), bounded here: one demuxer, chosen by the file's first bytes, that may open
nothing else; a list of decoders; and a budget of pixels, so that a file's length does not say how much is decoded.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from types import TracebackType
from typing import BinaryIO, Self

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from fototeca.assets import Video
from fototeca.errors import CorruptMedia, MediaTooLarge, UnsupportedMedia
from fototeca.media.decode import reasons
from fototeca.media.formats import Format
from fototeca.media.limits import Limits
from fototeca.media.video_frame import Frame

BUDGET = 2_000_000_000
"""Pixels that may be decoded of one file unless the caller says otherwise: half a minute of Full HD."""

BROKEN = 50
"""Packets in a row that may be undecodable before the rest of a file is given up."""

CODECS = frozenset({
    *("h264", "hevc", "vp8", "vp9", "av1", "vvc", "mpeg4", "mpeg1video", "mpeg2video", "h263", "mjpeg", "prores"),
    *("dnxhd", "dvvideo", "msmpeg4v2", "msmpeg4v3", "wmv1", "wmv2", "wmv3", "vc1", "theora", "flv1", "svq1", "svq3"),
    *("cinepak", "ffv1", "huffyuv", "ffvhuff", "qtrle", "rawvideo", "png", "rpza"),
})  # fmt: skip
"""What may be decoded, by FFmpeg's names: whatever cameras, phones and common programs have written."""

_DECODERS = ",".join(sorted(CODECS | {"libdav1d"}))
_NO_PICTURE = Disposition.attached_pic | Disposition.timed_thumbnails
_BUFFER = 1 << 18

# What FFmpeg thinks of broken files is told by the errors that it raises.
av.logging.set_level(None)
logging.getLogger("libav").setLevel(logging.CRITICAL)


class VideoFile:
    """An open video file. Use it in a `with` statement.

    Args:
        file: The file, at any position.
        kind: Its format, from `sniff`.
        limits: Bounds on its pixels.
        budget: How many pixels may be decoded of it, over all frames.

    Raises:
        CorruptMedia: The container is broken or holds no picture.
        UnsupportedMedia: It holds sound only, or pictures of a codec that is not read here.
        MediaTooLarge: Its frames have more pixels than allowed.
    """

    def __init__(self, file: BinaryIO, kind: Format, limits: Limits, budget: int = BUDGET) -> None:
        self.format = kind
        self._limits = limits
        self._budget = budget
        self._container: InputContainer
        file.seek(0)
        with self._reasons():
            self._container = av.open(
                file,
                "r",
                format=kind.demuxer,
                options={"protocol_whitelist": "none", "codec_whitelist": _DECODERS},
                metadata_errors="replace",
                buffer_size=_BUFFER,
            )
            try:
                self._stream = self._picture_stream()
                self._stream.codec_context.thread_count = 1  # there is a reading process for each core
            except BaseException:
                self._container.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._container.close()

    @property
    def metadata(self) -> dict[str, str]:
        """The container's metadata by FFmpeg's names, with what the picture's stream adds."""
        return self._stream.metadata | self._container.metadata

    @property
    def codes(self) -> dict[str, str]:
        """The four-letter codes of the codecs of picture and sound, where the container has such."""
        streams = {"CompressorID": self._stream, "AudioFormat": next(iter(self._container.streams.audio), None)}
        codes = {name: _code(stream) for name, stream in streams.items() if stream is not None}
        return {name: code for name, code in codes.items() if code}

    @property
    def pixel_format(self) -> str:
        """How the codec stores pixels, such as "yuv420p"."""
        return self._stream.codec_context.pix_fmt or ""

    @property
    def rate(self) -> float | None:
        """Frames per second, on average."""
        rate = self._stream.average_rate or self._stream.guessed_rate
        return round(float(rate), 3) if rate and 0 < rate <= 1000 else None

    def duration(self) -> float | None:
        """Seconds from start to end; where the file does not tell, as many recordings, found by reading it whole."""
        told = (self._container.duration or 0) / 1_000_000
        if told > 0:
            return round(told, 3)
        last = 0.0
        with self._ending():
            self._seek(0.0)
            for packet in self._container.demux(self._stream):
                if packet.pts is not None and packet.time_base is not None:
                    last = max(last, self._seconds((packet.pts + (packet.duration or 0)) * packet.time_base))
        return round(last, 3) or None

    def facts(self, duration: float | None, size: int) -> Video:
        """What is told of picture and sound.

        Args:
            duration: Seconds.
            size: Bytes of the file.
        """
        sound = next(iter(self._container.streams.audio), None)
        return Video(
            codec=_codec(self._stream),
            frame_rate=self.rate,
            bit_rate=round(size * 8 / duration) if duration else None,
            audio=(_codec(sound) or "unknown") if sound else None,
        )

    def count(self, duration: float | None) -> int:
        """How many frames there are, about, where the container does not count them."""
        return self._stream.frames or max(1, round((duration or 0) * (self.rate or 0)))

    def frames(self, since: float = 0.0, *, keys_only: bool = False) -> Iterator[Frame]:
        """Decode frames in order of time, until the end, what is unreadable, or the end of the budget.

        Args:
            since: Seconds to start near: at the last key frame before, if the container can find it.
            keys_only: Only those frames that need no other to be decoded.

        Raises:
            MediaTooLarge: A frame has more pixels than allowed.
        """
        stream, context = self._stream, self._stream.codec_context
        context.skip_frame = "NONKEY" if keys_only else "DEFAULT"
        count, broken = 0, 0
        with self._ending():
            self._seek(since)
            for packet in self._container.demux(stream):
                if self._budget <= 0 or broken > BROKEN:
                    return
                if keys_only and packet.size and not packet.is_keyframe:
                    continue
                self._budget -= max(1, context.width * context.height)
                try:
                    decoded = packet.decode()
                except av.error.InvalidDataError:
                    broken += 1
                    continue
                broken = 0
                for frame in decoded:
                    self._check(frame.width, frame.height)
                    count += 1
                    seconds = count / (self.rate or 25) if frame.time is None else self._seconds(frame.time)
                    if not frame.is_corrupt:
                        yield Frame(seconds, frame, self._stream.sample_aspect_ratio or Fraction(1))

    def frame(self, seconds: float) -> Frame:
        """Decode the frame that is shown at a time; after the end, the last one.

        Raises:
            CorruptMedia: No frame near it can be decoded.
            MediaTooLarge: A frame has more pixels than allowed.
        """
        shown: Frame | None = None
        for frame in self.frames(seconds):
            if shown is not None and frame.seconds > seconds:
                break
            shown = frame
        if shown is None:
            raise CorruptMedia(f"no frame of the {self.format.name} file can be decoded at {seconds:g} s")
        return shown

    def pixels(self, duration: float | None) -> int:
        """How many pixels all its frames have, about."""
        return self._stream.width * self._stream.height * self.count(duration)

    def _picture_stream(self) -> VideoStream:
        streams = [stream for stream in self._container.streams.video if not stream.disposition & _NO_PICTURE]
        if not streams:
            if self._container.streams.audio:
                raise UnsupportedMedia(f"the {self.format.name} file holds sound, but no picture that moves")
            raise CorruptMedia(f"the {self.format.name} file holds no picture")
        best = max(streams, key=lambda stream: stream.width * stream.height if stream.codec_context else -1)
        codec = _codec(best)
        if codec not in CODECS:
            raise UnsupportedMedia(f"the codec {codec or 'of its picture'} is not read")
        if best.width and best.height:
            self._check(best.width, best.height)
        return best

    def _check(self, width: int, height: int) -> None:
        if width * height > self._limits.max_pixels:
            allowed = f"the {self._limits.max_pixels:,} allowed"
            raise MediaTooLarge(f"frames of {width} x {height} pixels are more than {allowed}")

    def _seek(self, seconds: float) -> None:
        """Go to the last key frame before a time; where the container cannot, reading goes on from where it is.

        The start is sought a second before it, since a transport stream begins after the time that is asked for.
        """
        base = self._stream.time_base or Fraction(1, 1000)
        for before in (0.0, 1.0) if seconds > 0 else (1.0, 0.0):
            try:
                self._container.seek(round(self._start() + (seconds - before) / base), stream=self._stream)
            except av.error.FFmpegError:
                continue
            return

    def _start(self) -> int:
        return self._stream.start_time or 0

    def _seconds(self, time: float | Fraction) -> float:
        """Seconds from the start of the picture; never negative, whatever a broken file says."""
        seconds = float(time) - float(self._start() * (self._stream.time_base or 0))
        return round(seconds, 3) if math.isfinite(seconds) and seconds > 0 else 0.0

    @contextmanager
    def _ending(self) -> Iterator[None]:
        """What cannot be read any more is the end: a video that was cut off is good up to there."""
        with self._reasons():
            try:
                yield
            except MemoryError:
                raise
            except av.error.FFmpegError:
                return

    @contextmanager
    def _reasons(self) -> Iterator[None]:
        """FFmpeg's errors in words, without its codes."""
        with reasons(self.format):
            try:
                yield
            except MemoryError:
                raise
            except (av.error.InvalidDataError, av.error.EOFError, av.error.OSError) as error:
                raise CorruptMedia(f"the {self.format.name} file is truncated or broken") from error
            except av.error.FFmpegError as error:
                text = re.sub(r"\s+", " ", error.strerror or type(error).__name__).lower()
                raise CorruptMedia(f"the {self.format.name} file cannot be decoded: {text}") from error


def _codec(stream: av.stream.Stream) -> str | None:
    """FFmpeg's name of a stream's codec, such as "h264"; `None` where it knows none."""
    context = stream.codec_context
    return None if context is None else context.codec.canonical_name


def _code(stream: av.stream.Stream) -> str:
    """A stream's four-letter code; "" where it is a number, or none."""
    try:
        code = stream.codec_tag.rstrip("\0")
    except UnicodeDecodeError:
        return ""
    return code if code.isprintable() else ""
