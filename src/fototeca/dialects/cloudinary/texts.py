"""Pictures of texts. Whatever the font that is asked for, they are written in ours."""

from __future__ import annotations

import re

from fototeca.dialects.cloudinary.parameters import Parameters
from fototeca.dialects.cloudinary.transformations import colour_of
from fototeca.errors import InvalidInput
from fototeca.media.transform import lettered

LONGEST = 1_000
LARGEST = 200
"""Height of letters, pixels."""

_SIZE = 12


def drawn(sent: Parameters) -> bytes:
    """Return the picture, a PNG, of the text that a request holds.

    Raises:
        InvalidInput: There is none, it is too long, or its size or colours are none.
    """
    text = sent.required("text")
    if len(text) > LONGEST:
        raise InvalidInput(f"text has at most {LONGEST:,} characters", field="text")
    size = sent.integer("font_size", _SIZE, least=1, most=LARGEST)
    background = _colour(sent, "background") if sent.has("background") else None
    return lettered(text, size, _colour(sent, "font_color"), background).data


def _colour(sent: Parameters, name: str) -> str:
    value = sent.text(name, "black")
    try:
        return colour_of(f"#{value}" if re.fullmatch(r"[0-9a-fA-F]{6}", value) else value)
    except ValueError:
        raise InvalidInput(f"Illegal value {value[:50]} for {name}", field=name, allowed="a name or #rrggbb") from None
