"""Sorted dictionaries: in memory a list, on disk a table of UTF-8 that decodes one value at a time."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, pairwise
from typing import Any, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from fototeca.engine.arrays import Array
from fototeca.query.words import fold

Scalar: TypeAlias = tuple[int, bool | int | float | str]
"""A value of mixed type with its kind in front, so that a list of them sorts: booleans, numbers, texts."""

V = TypeVar("V", str, Scalar)

BOOLEAN, NUMBER, TEXT = range(3)
_KEPT = 4096  # decoded values that a table keeps
_INT_BITS = 4096  # longer integers cannot safely be written as text, and no fact is one


def is_number(value: Any) -> bool:
    """Whether a value is a number that can be compared: neither a truth value nor NaN, nor absurdly long."""
    match value:
        case bool():
            return False
        case int():
            return value.bit_length() <= _INT_BITS
        case float():
            return not math.isnan(value)
        case _:
            return False


def scalar(value: Any) -> Scalar | None:
    """Return a value with its kind, or `None` for what cannot be compared (NaN, nested structures)."""
    match value:
        case bool():
            return BOOLEAN, value
        case int() | float() if is_number(value):
            return NUMBER, value
        case str():
            return TEXT, value
        case _:
            return None


def plain(value: Any) -> Any:
    """Return a dictionary's value as its owner knows it: without the kind in front."""
    return value[1] if isinstance(value, tuple) else value


def _encode_scalar(value: Scalar) -> str:
    return f"{value[0]}{value[1]!r}" if value[0] == NUMBER else f"{value[0]}{value[1]}"


def _decode_scalar(text: str) -> Scalar:
    kind, rest = int(text[0]), text[1:]
    if kind == BOOLEAN:
        return kind, rest == "True"
    if kind == NUMBER:
        return kind, int(rest) if rest.lstrip("-").isdigit() else float(rest)
    return kind, rest


class StringTable(Sequence[Any]):
    """A read-only sequence of values kept as UTF-8, decoded when they are asked for.

    Attributes:
        offsets: Where each value starts in `data`, and the end of the last one.
        data: The bytes of all values; lone surrogates are kept.
    """

    def __init__(self, offsets: NDArray[np.int64], data: NDArray[np.uint8], *, mixed: bool) -> None:
        self.offsets = offsets
        self.data = data
        self._decode: Callable[[str], Any] = _decode_scalar if mixed else str
        self._known: dict[int, Any] = {}  # those that look-ups by bisection and counts ask for again and again

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[Any]:
        data = self.data.tobytes()
        for start, end in pairwise(self.offsets.tolist()):
            yield self._decode(data[start:end].decode("utf-8", "surrogatepass"))

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if (known := self._known.get(index)) is not None:
            return known
        if not 0 <= index < len(self):
            raise IndexError(index)
        raw = self.data[self.offsets[index] : self.offsets[index + 1]].tobytes()
        if len(self._known) >= _KEPT:
            self._known = {}
        known = self._known[index] = self._decode(raw.decode("utf-8", "surrogatepass"))
        return known


def coded(entries: Sequence[V]) -> tuple[list[V], NDArray[np.int32]]:
    """Return the sorted dictionary of these values, and the code of each of them."""
    values = sorted(dict.fromkeys(entries))  # in the order given, which may be nearly sorted already
    place = dict(zip(values, range(len(values)), strict=True))
    return values, np.fromiter(map(place.__getitem__, entries), np.int32, len(entries))


def pack(values: Sequence[Any], *, mixed: bool) -> dict[str, Array]:
    """Return the arrays that a `StringTable` of these values is made of."""
    if isinstance(values, StringTable):
        return {"offsets": values.offsets, "data": values.data}
    texts = map(_encode_scalar, values) if mixed else values
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    offsets = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(part) for part in encoded], out=offsets[1:])
    return {"offsets": offsets, "data": np.frombuffer(b"".join(encoded), np.uint8)}


def position(values: Sequence[Any], value: Any) -> int | None:
    """Return where a value stands in a sorted sequence, or `None`."""
    at = bisect_left(values, value)
    return at if at < len(values) and values[at] == value else None


def after_prefix(prefix: str) -> str | None:
    """Return the first text that sorts behind all texts with this prefix, or `None` when nothing does."""
    stripped = prefix.rstrip("\U0010ffff")
    return stripped[:-1] + chr(ord(stripped[-1]) + 1) if stripped else None


def prefix_range(values: Sequence[str], prefix: str) -> tuple[int, int]:
    """Return the range of a sorted sequence that holds the texts with this prefix."""
    end = after_prefix(prefix)
    return bisect_left(values, prefix), len(values) if end is None else bisect_left(values, end)


def union(tables: Sequence[Sequence[Any]], used: Sequence[Array | None]) -> tuple[list[Any], list[NDArray[np.int32]]]:
    """Unite sorted dictionaries.

    Args:
        tables: The dictionaries.
        used: For each, the codes that are still needed; `None` for all of them.

    Returns:
        The united dictionary and, for each table, the new code of each old one (0 where it is not needed).
    """
    parts = [
        list(table) if codes is None else [table[code] for code in codes.tolist()]
        for table, codes in zip(tables, used, strict=True)
    ]
    merged, places = coded(list(chain.from_iterable(parts)))
    remaps, start = [], 0
    for table, codes, part in zip(tables, used, parts, strict=True):
        remap = np.zeros(len(table), np.int32)
        remap[slice(None) if codes is None else codes] = places[start : start + len(part)]
        remaps.append(remap)
        start += len(part)
    return merged, remaps


_PIECES = re.compile(r"\\(.)|([*?])|([^\\*?]+)|(\\)\Z", re.DOTALL)


def pattern(wildcard: str, *, folded: bool) -> re.Pattern[str]:
    r"""Translate a wildcard pattern (`*`, `?`, `\` to escape) into a regular expression for a whole value.

    Every stretch up to the next literal is atomic: the leftmost place of a literal is always good enough, so matching
    takes time linear in the value for each star, whatever the pattern. Literal runs are folded one by one.
    """
    runs: list[str] = [""]  # the pattern between stars, as regular expressions
    literal = ""

    def settle() -> str:
        return re.escape(fold(literal) if folded else literal)

    for escaped, special, text, lone in _PIECES.findall(wildcard):
        if not special:
            literal += escaped or text or lone
            continue
        runs[-1] += settle()
        literal = ""
        if special == "?":
            runs[-1] += "."
        else:
            runs.append("")
    runs[-1] += settle()
    first, *rest = runs
    if not rest:
        return re.compile(first + r"\Z", re.DOTALL)
    middle = "".join(f"(?>.*?{run})" for run in rest[:-1] if run)
    return re.compile(f"{first}{middle}.*{rest[-1]}\\Z", re.DOTALL)


def literal_start(wildcard: str) -> str:
    """Return what every match of a wildcard pattern begins with, as far as that is easily told."""
    return "" if "\\" in wildcard else re.split(r"[*?]", wildcard, maxsplit=1)[0]
