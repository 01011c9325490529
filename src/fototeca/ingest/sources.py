"""From what a person names to the files to take in: files, folders, archives and URLs.

Where things land: a named folder keeps its own name, so that "photos" puts "photos/2024/a.jpg" into the catalogue's
folder "photos/2024"; an archive counts as a folder without its suffix; a single file or URL lands at the root.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from fototeca.errors import FetchError
from fototeca.ingest.archives import ArchiveLimits, archive_stem, unpack
from fototeca.ingest.fetch import Fetcher, without_credentials
from fototeca.ingest.items import Failure, Found, Item, Skipped
from fototeca.ingest.names import file_name, folder_path, readable
from fototeca.ingest.screening import is_hidden, reason_to_skip
from fototeca.media import HEAD_BYTES

_LIMITS = ArchiveLimits()


def expand(names: Sequence[str], *, fetch: Fetcher, limits: ArchiveLimits = _LIMITS) -> Iterator[Found]:
    """Everything that the names stand for, in their order; in folders sorted by name, files before folders.

    What is named outright is always read. Inside folders and archives, what is hidden or not a picture is `Skipped`.
    Symbolic links are followed. Each `Item` must be closed by the receiver, and nothing is downloaded or unpacked
    before it is asked for.

    Args:
        names: Paths of files, folders, zip and tar archives; http(s) URLs of files and archives.
        fetch: Downloads the URLs.
        limits: Bounds of each archive.
    """
    for name in names:
        if name.lower().startswith(("http://", "https://")):
            yield from _from_url(name, fetch, limits)
        else:
            yield from _from_disk(Path(os.path.abspath(name)), limits)  # noqa: PTH100 - resolve() would follow links


def estimate(names: Sequence[str]) -> int:
    """About how many things `expand` will find; an archive or URL counts as one."""
    return sum(sum(1 for _ in _walk(Path(name))) if os.path.isdir(name) else 1 for name in names)  # noqa: PTH112 - as below


def _from_url(url: str, fetch: Fetcher, limits: ArchiveLimits) -> Iterator[Found]:
    try:
        path, filename, source = fetch.fetch(url)
    except FetchError as error:
        yield Failure(without_credentials(url), error.message)
        return
    item = Item(path, filename, source, temporary=True)
    stem = archive_stem(filename)
    if stem is None:
        yield item
        return
    with closing(item):
        yield from unpack(path, filename, source, stem, limits)


def _from_disk(path: Path, limits: ArchiveLimits) -> Iterator[Found]:
    # os.path, since Path's own tests raise for what may not be looked at
    if os.path.isdir(path):  # noqa: PTH112
        for found in _walk(path):
            if isinstance(found, Path):
                yield from _from_file(found, found.relative_to(path.parent).parts[:-1], limits)
            else:
                yield found
    elif os.path.exists(path):  # noqa: PTH110
        yield from _from_file(path, (), limits)
    else:
        yield Failure(readable(str(path)), "no such file or folder")


def _from_file(path: Path, folders: Sequence[str], limits: ArchiveLimits) -> Iterator[Found]:
    source = readable(str(path))
    stem = archive_stem(path.name)
    if stem is not None:
        yield from unpack(path, path.name, source, folder_path([*folders, stem]), limits)
        return
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        yield Failure(source, f"cannot be read: {error.strerror}")
        return
    reason = reason_to_skip([path.name], head) if folders else None
    yield Skipped(source, reason) if reason else Item(path, file_name(path.name), source, folder_path(folders))


def _walk(root: Path) -> Iterator[Path | Skipped | Failure]:
    """The regular files below a folder, and why others are left out; a folder is entered once, however it is linked."""
    entered = set()
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            status = folder.stat()
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield Failure(readable(str(folder)), f"cannot be read: {error.strerror}")
            continue
        if (status.st_dev, status.st_ino) in entered:
            yield Skipped(readable(str(folder)), "a link to a folder that was read already")
            continue
        entered.add((status.st_dev, status.st_ino))
        below = []
        for entry in entries:
            if is_hidden(entry.name):
                yield Skipped(readable(entry.path), "hidden")
            elif entry.is_dir():
                below.append(folder / entry.name)
            elif entry.is_file():
                yield folder / entry.name
            else:
                yield Skipped(readable(entry.path), "a broken link or not a regular file")
        folders.extend(reversed(below))
