"""Originals and renditions in an object store: a local folder, S3, Google Cloud Storage, Azure or memory.

A key tells what it holds and never changes its content:

* ``originals/ab/<sha256>``: the bytes as they came, named by their own digest, in a folder of its first two digits;
* ``renditions/ab/<sha256>.<variant>.<extension>``: a picture derived from that original;
* ``derived/ab/<sha256>/<variant>.<extension>``: one that somebody asked for, made anew when it is gone.

The store makes every write visible at once or not at all: locally by a rename of a finished temporary file, remotely
because a put or multipart upload appears only when complete.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import uuid4

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from fototeca.errors import InvalidInput, NotFound, StorageError

CHUNK = 1 << 20
"""Bytes per chunk of a streamed read or write."""

WHOLE = 8 * CHUNK
"""Bytes up to which an original is put in one piece: that is the faster way where memory does not matter."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_VARIANT = re.compile(r"[A-Za-z0-9_-]{1,32}")
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,149}")
# A server's request waits for the store: better a clear failure soon than the default of three minutes.
_RETRY: Any = {"max_retries": 4, "retry_timeout": timedelta(seconds=20)}
_TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}


class BlobHead(NamedTuple):
    """What is known of a blob without reading it: bytes, entity tag and last change (UTC)."""

    size: int
    etag: str | None
    modified: datetime


def original_key(sha256: str) -> str:
    """The key of an original; raises `InvalidInput` unless `sha256` is 64 lower-case hex digits."""
    return f"originals/{_fan_out(sha256)}"


def rendition_key(sha256: str, variant: str, extension: str) -> str:
    """The key of a rendition of an original, such as variant "256" with extension "jpg"."""
    if extension not in _TYPES:
        raise InvalidInput(f"a rendition cannot be {extension!r}", field="extension", allowed=", ".join(_TYPES))
    if not _VARIANT.fullmatch(variant):
        raise InvalidInput(f"{variant!r} cannot name a rendition", field="variant", allowed=_VARIANT.pattern)
    return f"renditions/{_fan_out(sha256)}.{variant}.{extension}"


def derived_key(sha256: str, variant: str, extension: str) -> str:
    """The key of a picture that was made of an original because somebody asked for it."""
    if not _VARIANT.fullmatch(variant) or not extension.isalnum():
        raise InvalidInput(f"{variant!r} cannot name a picture", field="variant", allowed=_VARIANT.pattern)
    return f"{derived_folder(sha256)}/{variant}.{extension}"


def derived_folder(sha256: str) -> str:
    """Where everything lies that was made of an original on demand."""
    return f"derived/{_fan_out(sha256)}"


def _fan_out(sha256: str) -> str:
    if not _DIGEST.fullmatch(sha256):
        raise InvalidInput(f"{sha256!r} is not a SHA-256 digest", field="sha256", allowed="64 lower-case hex digits")
    # Making a folder costs a local store more than writing a small file, so there are few: 256 of each kind.
    return f"{sha256[:2]}/{sha256}"


class Blobs:
    """An object store of originals and renditions. Safe to use from many threads."""

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder

    @classmethod
    def open(cls, url: str) -> Blobs:
        """Open the store that a URL or path names; a local folder is made if it is not there.

        Args:
            url: A path, ``file:///path``, ``memory:///``, or a cloud's URL as obstore knows it: ``s3://bucket/prefix``,
                ``gs://bucket/prefix``, ``az://account/container/prefix``. Its query holds settings, as in
                ``?region=eu-west-1&endpoint=http://localhost:9000``; what it leaves out comes from the environment
                (``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL`` and so on).

        Raises:
            InvalidInput: The URL or one of its settings is not understood.
            StorageError: The folder cannot be made.
        """
        parts = urlsplit(url)
        try:
            if parts.scheme in {"", "file"}:
                path = Path(unquote(parts.path) if parts.scheme else url).expanduser().resolve()
                return cls(LocalStore(prefix=path, mkdir=True), path)
            if parts.scheme == "memory":
                return cls(from_url("memory:///"))
            settings: Any = dict(parse_qsl(parts.query))
            # Plain HTTP is refused by default; an endpoint that says http:// has asked for it.
            endpoint = settings.get("endpoint") or os.environ.get("AWS_ENDPOINT_URL", "")
            client: Any = {"allow_http": endpoint.startswith("http://")}
            address = parts._replace(query="").geturl()
            return cls(from_url(address, config=settings, client_options=client, retry_config=_RETRY))
        except (BaseError, ValueError) as error:
            raise InvalidInput(f"cannot open the store {url!r}: {_first_line(error)}", field="url") from error
        except OSError as error:
            raise StorageError(f"cannot open the store {url!r}: {_first_line(error)}") from error

    def put_original(self, source: Path | bytes, sha256: str) -> str:
        """Keep an original under its digest, and return its key. What is there already is not written again.

        Raises:
            StorageError: The store failed, or the file at `source` no longer has that digest.
        """
        key = original_key(sha256)
        if not self.exists(key):
            self._put(key, _checked(source, sha256) if isinstance(source, Path) else source)
        return key

    def put_rendition(self, sha256: str, variant: str, data: bytes, *, extension: str) -> str:
        """Keep a rendition, "jpg" or "webp", in place of any that is there, and return its key."""
        key = rendition_key(sha256, variant, extension)
        # A local folder has no place for content types.
        attributes: Any = None if isinstance(self._store, LocalStore) else {"Content-Type": _TYPES[extension]}
        self._put(key, data, attributes)
        return key

    def put_derived(self, sha256: str, variant: str, data: bytes, *, extension: str) -> str:
        """Keep a picture that was made on demand, and return its key."""
        key = derived_key(sha256, variant, extension)
        self._put(key, data)
        return key

    def put(self, key: str, source: Path | bytes) -> None:
        """Keep something that is neither original nor rendition, such as an export, in place of what is at the key.

        Raises:
            StorageError: The store failed, or the file cannot be read.
        """
        self._put(_valid(key), _chunks_of(source) if isinstance(source, Path) else source)

    def _put(self, key: str, data: bytes | Iterable[bytes], attributes: Any = None) -> None:
        with _translated(key):
            obstore.put(self._store, key, data, attributes=attributes)

    def get(self, key: str) -> bytes:
        """All bytes of a blob; raises `NotFound`."""
        with _translated(key):
            return bytes(obstore.get(self._store, _valid(key)).bytes())

    def get_range(self, key: str, start: int, end: int) -> bytes:
        """Bytes `start` to before `end`, fewer where the blob is shorter; raises `NotFound`."""
        return b"".join(self.stream(key, start, end))

    def stream(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Bytes `start` to before `end` (or the end) in chunks of about `CHUNK`; raises `NotFound` before the first.

        Raises:
            InvalidInput: The range is negative.
        """
        size = self.head(key).size
        end = size if end is None else min(end, size)
        if start < 0 or end < 0:
            raise InvalidInput(f"bytes {start} to {end} are no range", field="range")
        return self._chunks(key, start, end) if start < end else iter(())

    def _chunks(self, key: str, start: int, end: int) -> Iterator[bytes]:
        with _translated(key):
            for chunk in obstore.get(self._store, key, options={"range": (start, end)}).stream(min_chunk_size=CHUNK):
                yield bytes(chunk)

    @contextmanager
    def file(self, key: str) -> Iterator[Path]:
        """Give a blob as a file that other processes can open: itself in a local folder, else a temporary copy.

        Raises:
            NotFound: There is no such blob.
        """
        self.head(key)
        if self._folder is not None:
            yield self._folder / key
            return
        with tempfile.NamedTemporaryFile(prefix="fototeca-") as copy:
            for chunk in self.stream(key):
                copy.write(chunk)
            copy.flush()
            yield Path(copy.name)

    def head(self, key: str) -> BlobHead:
        """Size, entity tag and time of a blob; raises `NotFound`."""
        with _translated(key):
            meta = obstore.head(self._store, _valid(key))
        return BlobHead(meta["size"], meta["e_tag"], meta["last_modified"])

    def exists(self, key: str) -> bool:
        """Whether the whole blob is there."""
        if self._folder is not None:  # asked for every photo that is added: a hundred times faster than by the store
            return (self._folder / _valid(key)).is_file()
        try:
            self.head(key)
        except NotFound:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove a blob; one that is not there is already as asked."""
        try:
            with _translated(key):
                obstore.delete(self._store, _valid(key))
        except NotFound:
            return

    def check(self) -> None:
        """Write a blob and remove it again; raises `StorageError` where the store cannot be written to."""
        key = f"probes/{uuid4().hex}"
        self._put(key, b"probe")
        self.delete(key)

    def list(self, prefix: str = "") -> Iterator[str]:
        """Keys under a folder such as "originals" or "renditions/ab", in no order."""
        with _translated(prefix):
            for batch in obstore.list(self._store, _valid(prefix) if prefix else None):
                for meta in batch:
                    yield meta["path"]


def _chunks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _checked(path: Path, sha256: str) -> bytes | Iterator[bytes]:
    """The file's bytes, in chunks where they are many; fails if the file is not what was read before."""
    chunks = _compared(path, sha256)
    try:
        return b"".join(chunks) if path.stat().st_size <= WHOLE else chunks
    except OSError as error:
        raise StorageError(f"{path.name} cannot be read: {error.strerror}") from error


def _compared(path: Path, sha256: str) -> Iterator[bytes]:
    """The file's chunks; a change is found only at the end, and still in time for the put to be given up."""
    digest = hashlib.sha256()
    for chunk in _chunks_of(path):
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != sha256:
        raise StorageError(f"{path.name} changed while it was being stored")


def _valid(key: str) -> str:
    if not all(_PART.fullmatch(part) for part in key.split("/")):
        raise InvalidInput(f"{key!r} is not a blob's key", field="key")
    return key


@contextmanager
def _translated(key: str) -> Iterator[None]:
    """The store's errors as ours."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound(f"there is no blob {key!r}") from error
    except (BaseError, OSError, ValueError) as error:
        raise StorageError(f"the store failed on {key!r}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]
