"""Pictures out of zip and tar archives, one member at a time, each bounded before it is unpacked.

Members are unpacked to temporary files under names of our own, so a member's name cannot choose where it lands.
"""

from __future__ import annotations

import lzma
import os
import shutil
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from fototeca.errors import LimitExceeded
from fototeca.ingest.items import Failure, Found, Item, Skipped
from fototeca.ingest.names import file_name, folder_path, path_parts, readable
from fototeca.ingest.screening import reason_to_skip
from fototeca.media import HEAD_BYTES

_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_CHUNK = 2**20
_ENCRYPTED = 0x1
# Others (bzip2, LZMA) are unpacked by the standard library without a bound on memory, and are rare.
_ZIP_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_EXTENDED_HEADERS = {
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
}
_LONGEST_HEADER = 2**20
# What the standard library raises for archives that are cut off, damaged or hostile; RecursionError is for a
# long chain of extended headers.
_BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Bounds against archives that unpack to far more than they seem.

    Attributes:
        member_bytes: Of one member, unpacked.
        total_bytes: Of all members together, unpacked.
        members: How many entries are looked at.
        ratio: Unpacked to packed size of the whole archive, for what goes beyond `free_bytes`.
        free_bytes: Unpacked size up to which the ratio does not matter.
    """

    member_bytes: int = 512 * 2**20
    total_bytes: int = 2**40
    members: int = 1_000_000
    ratio: int = 100
    free_bytes: int = 64 * 2**20


def archive_stem(filename: str) -> str | None:
    """An archive's name without its suffix; `None` for what `unpack` does not read."""
    suffix = next((suffix for suffix in _SUFFIXES if filename.lower().endswith(suffix)), None)
    return filename[: -len(suffix)] if suffix else None


def unpack(path: Path, filename: str, source: str, folder: str, limits: ArchiveLimits) -> Iterator[Found]:
    """The pictures in an archive, each unpacked when it is asked for.

    Args:
        path: Where the archive lies.
        filename: Its name, whose suffix tells zip from tar.
        source: What it is called in sources and messages.
        folder: Catalogue folder that the members' own folders are below.
        limits: What the archive may unpack to; once a bound on the whole is reached, the rest is one `Failure`.
    """
    try:
        archive = _Archive(path, source, folder, limits)
        yield from archive.zip_members() if filename.lower().endswith(".zip") else archive.tar_members()
    except LimitExceeded as error:
        yield Failure(source, error.message)
    except _BROKEN as error:
        yield Failure(source, f"the archive is damaged or cut off ({_first_line(error)})")


class _Archive:
    """One archive being unpacked."""

    def __init__(self, path: Path, source: str, folder: str, limits: ArchiveLimits) -> None:
        self._path = path
        self._source = source
        self._folder = folder
        self._limits = limits
        self._members_left = limits.members
        self._bytes_left = min(limits.total_bytes, limits.free_bytes + limits.ratio * path.stat().st_size)

    def zip_members(self) -> Iterator[Found]:
        with zipfile.ZipFile(self._path) as archive:
            for entry in archive.infolist():
                self._spend(entry.file_size)
                if not entry.is_dir():
                    yield self._from_zip(archive, entry)

    def _from_zip(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Found:
        where = self._where(entry.filename)
        if entry.flag_bits & _ENCRYPTED:
            return Failure(where, "encrypted in the archive")
        if entry.compress_type not in _ZIP_METHODS:
            return Failure(where, "compressed in the archive by a method that is not read here")
        try:
            with archive.open(entry) as stream:
                return self._take(stream, entry.filename, entry.file_size)
        except _BROKEN as error:  # the other members can still be read
            return Failure(where, f"damaged in the archive ({_first_line(error)})")

    def tar_members(self) -> Iterator[Found]:
        with tarfile.open(self._path, tarinfo=_CheckedHeader) as archive:
            while (entry := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # else every header read is kept
                if entry.size < 0:  # an extended header may say so
                    raise tarfile.ReadError("a header has an impossible size")
                self._spend(entry.size)
                stream = archive.extractfile(entry) if entry.isreg() else None
                if stream is not None:
                    with stream:
                        yield self._take(stream, entry.name, entry.size)
                elif not entry.isdir():
                    yield Skipped(self._where(entry.name), "not a regular file")

    def _spend(self, size: int) -> None:
        """Count a member before it is unpacked or passed over: in a compressed tar, passing over unpacks too."""
        self._members_left -= 1
        self._bytes_left -= size
        if self._members_left < 0:
            raise LimitExceeded("the archive has too many members; the rest is not read")
        if self._bytes_left < 0:
            raise LimitExceeded("the archive unpacks to far more than its own size; the rest is not read")

    def _take(self, stream: IO[bytes], name: str, size: int) -> Found:
        """Unpack a member, if it is a picture. Both libraries end the stream at the size that was announced."""
        where = self._where(name)
        parts = path_parts(name)
        head = stream.read(HEAD_BYTES)
        inner = archive_stem(name) is not None
        reason = "an archive inside an archive" if inner else reason_to_skip(parts, head)
        if reason:
            return Skipped(where, reason)
        if size > self._limits.member_bytes:
            return Failure(where, f"larger than the limit of {self._limits.member_bytes:,} bytes")
        folder = folder_path([self._folder, *parts[:-1]])
        return Item(_spooled(head, stream), file_name(name), where, folder, temporary=True)

    def _where(self, name: str) -> str:
        return f"{self._source}!{readable(name)}"


class _CheckedHeader(tarfile.TarInfo):
    """A tar header that ends the archive only where the archive says so, and cannot ask for much memory.

    The library takes a cut or damaged header for the end, and reads an extended header whole, whatever its size.
    """

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            header = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if len(buf) == tarfile.BLOCKSIZE and not any(buf):
                raise
            raise tarfile.ReadError(str(error)) from None
        if header.size < 0 or (header.type in _EXTENDED_HEADERS and header.size > _LONGEST_HEADER):
            raise tarfile.ReadError("a header has an impossible size")
        return header


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(":")


def _spooled(head: bytes, rest: IO[bytes]) -> Path:
    """A temporary file of these bytes."""
    handle, path = tempfile.mkstemp(prefix="fototeca-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(head)
            shutil.copyfileobj(rest, file, _CHUNK)
    except BaseException:
        Path(path).unlink()
        raise
    return Path(path)
