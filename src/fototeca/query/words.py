"""How text is folded, split into tokens and stemmed: one definition for every language, the index and the oracle."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import Stemmer

# Scripts written without spaces: every character is a token, so that a phrase finds any part of a text.
_CHARACTERS = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{_CHARACTERS}]|[^\W_{_CHARACTERS}]+")
BREAK = "\0"
"""Stands between texts that are split together: no token, and before all tokens in their order."""
_TOKEN_OR_BREAK = re.compile(rf"{_TOKEN.pattern}|{BREAK}")
_BLANKED = "".join(chr(c) if chr(c).isalnum() or chr(c) == BREAK else " " for c in range(128))
_VOICING = "\u3099\u309a"  # marks that make another letter of a kana, not an accented one
_stemmer = Stemmer.Stemmer("english", 0)


def fold(text: str) -> str:
    """Return the text without case and accents, compatibility forms unified (Unicode NFKD, then case folding)."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    for mark in filter(unicodedata.combining, set(decomposed).difference(_VOICING)):
        decomposed = decomposed.replace(mark, "")
    return unicodedata.normalize("NFKC", decomposed).casefold()


def tokens(text: str) -> list[str]:
    """Split folded text at everything that is neither letter nor digit; keep letters and digits together.

    "IMG_1234 Große-Straße.JPG" gives img, 1234, grosse, strasse, jpg.
    """
    return _TOKEN.findall(fold(text))


def tokens_of_all(texts: Sequence[str]) -> list[str]:
    """Return the `tokens` of several texts, one text after the other, with `BREAK` before, between and after them.

    All are folded and split at once, several times faster than one by one. Nothing reaches across a `BREAK`: it has no
    case, is not decomposed, and combines with nothing.
    """
    joined = f" {BREAK} ".join(("", *texts, ""))
    if joined.count(BREAK) > len(texts) + 1:
        return tokens_of_all([text.replace(BREAK, " ") for text in texts])
    folded = fold(joined)
    return folded.translate(_BLANKED).split() if folded.isascii() else _TOKEN_OR_BREAK.findall(folded)


@lru_cache(maxsize=65536)
def stem(token: str) -> str:
    """Return the stem of a token (Snowball English; other scripts and languages come back nearly unchanged)."""
    return str(_stemmer.stemWord(token))
