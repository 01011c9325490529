"""What of a folder or archive is left out: hidden things, and what is neither picture nor video."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from fototeca.errors import MediaError
from fototeca.media import sniff

_HIDDEN = {"@eadir", "__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "#recycle", "$recycle.bin", "lost+found"}
_SUFFIXES = {
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".dib"),
    *(".heic", ".heics", ".heif", ".heifs", ".hif", ".avif", ".avifs"),
    *(".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2", ".webm", ".mkv", ".avi", ".mts", ".m2ts"),
}


def is_hidden(name: str) -> bool:
    """Whether a file or folder is hidden by its name, or is what a file manager or storage device leaves behind."""
    return name.startswith(".") or name.lower() in _HIDDEN


def reason_to_skip(parts: Sequence[str], head: bytes) -> str | None:
    """Why a file is left out, or `None` if it is to be read.

    A file counts as one by its suffix or by how it starts: one that merely claims to be a picture is read, so
    that the reader can say what is wrong with it.

    Args:
        parts: Its path below what was named.
        head: Its first `fototeca.media.HEAD_BYTES`.
    """
    if any(map(is_hidden, parts)):
        return "hidden"
    if PurePath(*parts).suffix.lower() not in _SUFFIXES:
        try:
            sniff(head)
        except MediaError as error:
            return error.message
    return None
