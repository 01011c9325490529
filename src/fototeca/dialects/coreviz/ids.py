"""How CoreViz names things: 32 lower-case hex digits, whatever the catalogue names them by.

What has a UUID in the catalogue goes by it. Organizations and the library are named after their workspace. Frames and
objects have numbers only; theirs are spelled so that they can be read back.
"""

from __future__ import annotations

import re
from enum import IntEnum
from uuid import NAMESPACE_URL, uuid5

from fototeca.errors import InvalidInput

_HEX = re.compile(r"[0-9a-f]{32}")
_SPELLED = re.compile(r"f070(?P<kind>[0-9a-f]{4})(?P<number>[0-9a-f]{24})")
_LARGEST = 2**63 - 1


class Thing(IntEnum):
    """What a spelled number counts."""

    FRAME = 1
    """A stored frame of a video."""
    WHOLE = 2
    """An asset as one frame: every image, and a video whose frames are not known."""
    FRAME_OBJECT = 3
    """All of a stored frame, as an object."""
    WHOLE_OBJECT = 4
    """All of an asset, as an object."""
    OBJECT = 5
    """An object that a detector found."""
    CAPTION = 6
    """An asset's description."""


def organization_id(workspace: str) -> str:
    """Name a workspace as an organization."""
    return uuid5(NAMESPACE_URL, f"fototeca:organization:{workspace}").hex


def library_id(workspace: str) -> str:
    """Name the collection that holds everything in a workspace."""
    return uuid5(NAMESPACE_URL, f"fototeca:library:{workspace}").hex


def user_id(workspace: str, key_id: int | None) -> str:
    """Name whoever has a key, or a token, as a user."""
    return uuid5(NAMESPACE_URL, f"fototeca:user:{workspace}:{key_id or 'token'}").hex


def spell(thing: Thing, number: int) -> str:
    """Spell a number as an id."""
    return f"f070{thing:04x}{number:024x}"


def read(id_: str) -> tuple[Thing, int] | None:
    """Return what `spell` spelled; `None` for any other id."""
    match = _SPELLED.fullmatch(id_)
    if match is None:
        return None
    kind, number = int(match["kind"], 16), int(match["number"], 16)
    return (Thing(kind), number) if kind in set(Thing) and number <= _LARGEST else None


def normalised(text: str) -> str:
    """Return an id without hyphens and capitals; what is no id at all stays one that names nothing."""
    return text.strip().replace("-", "").lower()


def checked(text: str, field: str) -> str:
    """Return an id that was sent, normalised.

    Raises:
        InvalidInput: It is no id.
    """
    id_ = normalised(text)
    if not _HEX.fullmatch(id_):
        raise InvalidInput(f"{field} must be an id of 32 hex digits", field=field, allowed="32 hex digits")
    return id_
