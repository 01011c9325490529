"""Bytes to facts: a file is decoded once, and everything that is known of it comes from that one decode."""

from fototeca.media.formats import HEAD_BYTES, sniff
from fototeca.media.limits import Limits
from fototeca.media.reading import Media, identify, read
from fototeca.media.renditions import Rendition
from fototeca.media.sandbox import Reader

__all__ = ["HEAD_BYTES", "Limits", "Media", "Reader", "Rendition", "identify", "read", "sniff"]
