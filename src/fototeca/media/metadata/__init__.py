"""What a file says of itself: EXIF, IPTC and XMP, each read on its own and then merged; or a video's container."""

from fototeca.media.metadata.container import describe_container
from fototeca.media.metadata.merge import Described, describe

__all__ = ["Described", "describe", "describe_container"]
