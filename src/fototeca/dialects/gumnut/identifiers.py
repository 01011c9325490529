"""Gumnut's ids: a prefix, and a UUID in base 57 (the alphabet and length of the `shortuuid` notation).

The UUID is the catalogue's own wherever there is one. What has none there (an asset's place in an album, a key)
is named by a UUID that holds the numbers which identify it, so that its id can be read back.
"""

from __future__ import annotations

from fototeca.errors import NotFound

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_LENGTH = 22
_BASE = len(ALPHABET)
_DIGITS = {letter: value for value, letter in enumerate(ALPHABET)}
_HALF = 64

ASSET = "asset"
VERSION = "asset_version"
STACK = "asset_stack"
ALBUM = "album"
PLACE = "album_asset"
PERSON = "person"
FACE = "face"
LIBRARY = "lib"
USER = "intuser"
KEY = "apikey"
TASK = "btask"
MEMBERSHIP = "libmember"
INVITATION = "libinvite"


def encode(prefix: str, uuid: str) -> str:
    """Return the id of something with this UUID (32 hex digits)."""
    return f"{prefix}_{_spelt(int(uuid, 16))}"


def decode(prefix: str, text: str) -> str:
    """Return the UUID (32 hex digits) in an id.

    Raises:
        NotFound: The text is no id of this kind, so it names nothing.
    """
    return f"{_read(prefix, text):032x}"


def known(prefix: str, texts: list[str]) -> list[str]:
    """Return the UUIDs in those of the texts that are ids of this kind."""
    found = []
    for text in texts:
        try:
            found.append(decode(prefix, text))
        except NotFound:
            continue
    return found


def encode_numbers(prefix: str, first: int, second: int = 0) -> str:
    """Return the id of what one or two numbers of the catalogue identify."""
    return f"{prefix}_{_spelt(first << _HALF | second)}"


def decode_numbers(prefix: str, text: str) -> tuple[int, int]:
    """Return the numbers in an id that `encode_numbers` made.

    Raises:
        NotFound: The text is no id of this kind, or holds numbers that the catalogue never gives.
    """
    number = _read(prefix, text)
    first, second = number >> _HALF, number & ((1 << _HALF) - 1)
    if max(first, second) >> (_HALF - 1):
        raise _unknown(prefix, text)
    return first, second


def _spelt(number: int) -> str:
    letters = []
    for _ in range(_LENGTH):
        number, digit = divmod(number, _BASE)
        letters.append(ALPHABET[digit])
    return "".join(reversed(letters))


def _read(prefix: str, text: str) -> int:
    head, _, body = text.rpartition("_")
    if head != prefix or len(body) != _LENGTH or not _DIGITS.keys() >= set(body):
        raise _unknown(prefix, text)
    number = 0
    for letter in body:
        number = number * _BASE + _DIGITS[letter]
    if number >> (2 * _HALF):
        raise _unknown(prefix, text)
    return number


def _unknown(prefix: str, text: str) -> NotFound:
    return NotFound(f'there is no {prefix} "{text[:60]}"')
