"""The folder of an index: files of segments, a manifest that names those that count, and a lock for who may write.

The manifest is replaced as one file after the files that it names are on disk, so whenever the power fails the folder
holds the last complete state; files that no manifest names are leftovers and are removed by the next writer.
"""

from __future__ import annotations

import fcntl
import json
import os
import zlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4
from weakref import finalize

from pyroaring import BitMap

from fototeca.engine import files
from fototeca.engine.segment import Segment
from fototeca.errors import StorageError
from fototeca.query.fields import FIELDS

FORMAT = 5
_SUFFIX = ".segment"
_ATTEMPTS = 5  # a reader may find a file gone that a writer has just replaced
_SCHEMA = zlib.crc32(repr([(f.name, f.type, f.how, f.weight > 0) for f in FIELDS]).encode())
"""Changes when stored columns would no longer be what the registry asks for."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A segment as the manifest knows it.

    Attributes:
        name: Name of its file, without suffix.
        size: Length of that file in bytes.
        deleted: Its deleted rows.
    """

    name: str
    size: int
    deleted: BitMap


@dataclass(frozen=True, slots=True)
class Manifest:
    """A complete state: segments, oldest first, as of a position in the change log."""

    sequence: int
    segments: tuple[Stored, ...]


class Store:
    """The files of one index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: finalize[..., Store] | None = None

    def lock(self) -> bool:
        """Become the one writer of the folder if no other process is; remain it until `unlock`."""
        if self._lock is not None:
            return True
        self.folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._lock = finalize(self, os.close, handle)
        return True

    def unlock(self) -> None:
        """Let another process write."""
        if self._lock is not None:
            self._lock()
            self._lock = None

    def read(self) -> tuple[Manifest, list[Segment]] | None:
        """Return the last complete state and its segments, mapped; `None` if nothing was ever written.

        Raises:
            StorageError: Something is damaged, or of another format or registry of fields.
        """
        for attempt in range(_ATTEMPTS):
            manifest = self.manifest()
            if manifest is None:
                return None
            try:
                return manifest, [self._load(stored) for stored in manifest.segments]
            except FileNotFoundError as error:
                if attempt == _ATTEMPTS - 1:
                    raise StorageError("the index names a file that is missing") from error
        return None

    def manifest(self) -> Manifest | None:
        """Return the manifest, or `None` if there is none.

        Raises:
            StorageError: It is damaged, or of another format or registry of fields.
        """
        try:
            checksum, _, text = self._manifest_path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        if checksum != f"{zlib.crc32(text):08x}".encode():
            raise StorageError("the index manifest is damaged")
        content = json.loads(text)
        if (content["format"], content["schema"]) != (FORMAT, _SCHEMA):
            raise StorageError("the index was written by another version")
        return Manifest(
            content["sequence"],
            tuple(Stored(name, size, BitMap.deserialize(b64decode(gone))) for name, size, gone in content["segments"]),
        )

    def generation(self) -> int | None:
        """Return a number that changes whenever a state is published; `None` before the first."""
        try:
            return self._manifest_path.stat().st_mtime_ns
        except FileNotFoundError:
            return None

    def save(self, segment: Segment) -> tuple[str, Segment]:
        """Write a segment and return its new name and the same segment mapped from disk."""
        name = uuid4().hex
        files.write(self._path(name), *segment.arrays())
        return name, Segment.restore(*files.read(self._path(name)))

    def holds(self, name: str) -> bool:
        """Whether the file of a segment is there."""
        return self._path(name).exists()

    def publish(self, sequence: int, segments: Sequence[tuple[str, BitMap]]) -> None:
        """Make these segments, with their deleted rows, the state of the index, and remove what is left over."""
        stored = [(n, self._path(n).stat().st_size, b64encode(gone.serialize()).decode()) for n, gone in segments]
        content = {"format": FORMAT, "schema": _SCHEMA, "sequence": sequence, "segments": stored}
        text = json.dumps(content).encode()
        part = self._manifest_path.with_suffix(".part")
        with part.open("wb") as file:
            file.write(f"{zlib.crc32(text):08x}\n".encode() + text)
            file.flush()
            os.fsync(file.fileno())
        self._sync_folder()  # the segments' names are on disk before the manifest that names them
        part.replace(self._manifest_path)
        self._sync_folder()
        kept = {name for name, _ in segments}
        for path in [*self.folder.glob(f"*{_SUFFIX}"), *self.folder.glob("*.part")]:
            if path.stem not in kept:
                path.unlink(missing_ok=True)

    def verify(self) -> None:
        """Read everything that the manifest names and compare every checksum.

        Raises:
            StorageError: Something is damaged or missing.
        """
        manifest = self.manifest()
        for stored in manifest.segments if manifest else ():
            files.verify(self._path(stored.name))

    def _load(self, stored: Stored) -> Segment:
        path = self._path(stored.name)
        if path.stat().st_size != stored.size:
            raise StorageError(f"the index file {path.name} has not its length")
        return Segment.restore(*files.read(path))

    def _sync_folder(self) -> None:
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    @property
    def _manifest_path(self) -> Path:
        return self.folder / "manifest.json"

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}{_SUFFIX}"
