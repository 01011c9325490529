"""How much of a machine one file may use."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20

BYTES_PER_SECOND = 32 * MIB
"""How fast a file is read and its digests are made, at the least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on one file; whatever exceeds one is refused with a `MediaError` that says so.

    Attributes:
        max_bytes: Size of an image, which is read into memory.
        max_stream_bytes: Size of a video or of a file kept as it is, of which only parts are in memory at a time.
        max_pixels: Width times height of the first frame; checked before any pixel is decoded.
        max_frames: Frames of an animation or pages of a document.
        max_seconds: Wall time for the whole reading, to which comes a second for each `BYTES_PER_SECOND`; kept by
            `Reader`, which can stop a decoder.
        max_scan_seconds: The same for looking through a whole video for its scenes.
        max_memory: Bytes of address space that a reading process may take for it; kept by `Reader`.
    """

    max_bytes: int = 256 * MIB
    max_stream_bytes: int = 16 * 1024 * MIB
    max_pixels: int = 200_000_000
    max_frames: int = 10_000
    max_seconds: float = 30.0
    max_scan_seconds: float = 900.0
    max_memory: int = 2048 * MIB
