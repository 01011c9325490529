"""How text is folded, split into tokens and stemmed: one definition for every language, the index and the oracle."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import Stemmer

# Scripts written without spaces: every character is a token, so that a phrase finds any part of a text.
_CHARACTERS = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{_CHARACTERS}]|[^\W_{_CHARACTERS}]+")
_VOICING = "\u3099\u309a"  # marks that make another letter of a kana, not an accented one
_stemmer = Stemmer.Stemmer("english", 0)


def fold(text: str) -> str:
    """Return the text without case and accents, compatibility forms unified (Unicode NFKD, then case folding)."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in decomposed if c in _VOICING or not unicodedata.combining(c))
    return unicodedata.normalize("NFKC", kept).casefold()


def tokens(text: str) -> list[str]:
    """Split folded text at everything that is neither letter nor digit; keep letters and digits together.

    "IMG_1234 Große-Straße.JPG" gives img, 1234, grosse, strasse, jpg.
    """
    return _TOKEN.findall(fold(text))


@lru_cache(maxsize=65536)
def stem(token: str) -> str:
    """Return the stem of a token (Snowball English; other scripts and languages come back nearly unchanged)."""
    return str(_stemmer.stemWord(token))
