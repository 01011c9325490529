"""Bytes to facts: a file is decoded once, and everything that is known of it comes from that one decode."""

from fototeca.media.formats import HEAD_BYTES, sniff
from fototeca.media.frames import Still
from fototeca.media.limits import Limits
from fototeca.media.reading import Media, identify, read
from fototeca.media.renditions import Rendition
from fototeca.media.sandbox import Reader
from fototeca.media.transform import Made, Plan, Step

__all__ = [
    "HEAD_BYTES",
    "Limits",
    "Made",
    "Media",
    "Plan",
    "Reader",
    "Rendition",
    "Step",
    "Still",
    "identify",
    "read",
    "sniff",
]
