"""The file of a segment: named arrays, aligned to be mapped into memory, with a checksum for each.

Layout: the arrays one after the other, each at a multiple of 64 bytes; then a directory (JSON: of each array its dtype,
shape, offset and CRC-32, and the segment's description); then, in the last 24 bytes, where the directory starts, how
long it is, its CRC-32 and the magic "FSG1", little-endian.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fototeca.engine.arrays import Array
from fototeca.errors import StorageError

_MAGIC = b"FSG1"
_END = struct.Struct("<QQI4s")
_ALIGN = 64


def write(path: Path, arrays: Mapping[str, Array], description: Mapping[str, Any]) -> None:
    """Write a file whole, or not at all: it gets its name when it is on disk."""
    part = path.with_suffix(".part")
    directory: dict[str, Any] = {}
    with part.open("wb") as file:
        for name, array in arrays.items():
            file.write(b"\0" * (-file.tell() % _ALIGN))
            raw = np.ascontiguousarray(array)
            content = raw.reshape(-1).view(np.uint8).data
            directory[name] = (raw.dtype.str, raw.shape, file.tell(), zlib.crc32(content))
            file.write(content)
        text = json.dumps({"arrays": directory, "description": description}).encode()
        start = file.tell()
        file.write(text + _END.pack(start, len(text), zlib.crc32(text), _MAGIC))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def read(path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """Map a file and return its arrays, read-only, and its description. Only the directory is checked.

    Raises:
        StorageError: The file is damaged.
        FileNotFoundError: There is none.
    """
    mapped, directory = _open(path)
    try:
        arrays = {name: _array(mapped, entry) for name, entry in directory["arrays"].items()}
    except (TypeError, ValueError) as error:
        raise StorageError(f"the index file {path.name} is damaged") from error
    return arrays, directory["description"]


def verify(path: Path) -> None:
    """Read a whole file and compare every checksum.

    Raises:
        StorageError: The file is damaged or missing.
    """
    try:
        mapped, directory = _open(path)
    except FileNotFoundError as error:
        raise StorageError(f"the index file {path.name} is missing") from error
    for name, entry in directory["arrays"].items():
        if zlib.crc32(_array(mapped, entry).reshape(-1).view(np.uint8).data) != entry[3]:
            raise StorageError(f"the index file {path.name} is damaged in {name}")


def _open(path: Path) -> tuple[mmap.mmap, dict[str, Any]]:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size < _END.size:
            raise StorageError(f"the index file {path.name} is cut short")
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    start, length, checksum, magic = _END.unpack(mapped[size - _END.size :])
    text = mapped[start : start + length]
    if magic != _MAGIC or start + length + _END.size != size or zlib.crc32(text) != checksum:
        raise StorageError(f"the index file {path.name} is damaged")
    directory: dict[str, Any] = json.loads(text)
    return mapped, directory


def _array(mapped: mmap.mmap, entry: tuple[str, list[int], int, int]) -> Array:
    dtype, shape, offset, _ = entry
    return np.ndarray(tuple(shape), np.dtype(dtype), buffer=mapped, offset=offset)
