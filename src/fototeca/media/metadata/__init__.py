"""What a file says of itself: EXIF, IPTC and XMP, each read on its own and then merged into facts."""

from fototeca.media.metadata.merge import Described, describe

__all__ = ["Described", "describe"]
