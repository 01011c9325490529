"""Fetching a model's files from a hub that speaks the API of the Hugging Face Hub.

`GET /api/models/{repository}/revision/{revision}?blobs=true` names the commit and, for each file, its size and its
SHA-256 (files in large file storage) or git's object name (the others). `GET /{repository}/resolve/{commit}/{path}`
gives the bytes, mostly by way of a redirect to another host.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Self
from urllib.parse import quote

import msgspec

from fototeca.errors import ModelError

_PIECE = 2**20


class _Large(msgspec.Struct, frozen=True):
    sha256: str


class RemoteFile(msgspec.Struct, frozen=True):
    """A file of a commit.

    Attributes:
        path: Within the repository.
        size: In bytes.
        git: Git's object name, which is the file's checksum where it is not `large`.
        large: Its SHA-256, for a file in large file storage.
    """

    path: str = msgspec.field(name="rfilename")
    size: int
    git: str = msgspec.field(name="blobId")
    large: _Large | None = msgspec.field(name="lfs", default=None)


class Commit(msgspec.Struct, frozen=True):
    """A commit of a repository, and its files."""

    name: str = msgspec.field(name="sha")
    files: list[RemoteFile] = msgspec.field(name="siblings")


class Hub:
    """A hub's repositories of models.

    Args:
        endpoint: Origin of the hub, such as `https://huggingface.co`.
    """

    def __init__(self, endpoint: str) -> None:
        import httpx  # noqa: PLC0415 - takes a while to load, and only pulling a model needs it

        # Compressed answers could not be resumed, nor their sizes compared.
        self._client = httpx.Client(
            base_url=endpoint, follow_redirects=True, timeout=30, headers={"Accept-Encoding": "identity"}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def commit(self, repository: str, revision: str) -> Commit:
        """The commit that a branch, a tag or a commit's name means.

        Raises:
            ModelError: The hub cannot be reached, does not know it, or answers something else.
        """
        import httpx  # noqa: PLC0415 - as above

        url = f"/api/models/{repository}/revision/{quote(revision, safe='')}"
        try:
            response = self._client.get(url, params={"blobs": "true"})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ModelError(f"the model hub {self._client.base_url} cannot be reached: {error}") from error
        if response.status_code != HTTPStatus.OK:
            raise ModelError(f"the model hub answered {response.status_code} for {repository} at {revision}")
        try:
            return msgspec.json.decode(response.content, type=Commit)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ModelError(f"the model hub's answer for {repository} makes no sense: {error}") from error

    def fetch(
        self,
        repository: str,
        commit: str,
        file: RemoteFile,
        path: Path,
        *,
        sha256: str | None,
        progress: Callable[[int], None],
    ) -> None:
        """Download one file, going on from what is there already, and check it.

        A connection that breaks is taken up again as long as each brings something.

        Args:
            repository: Owner and name.
            commit: A commit's name.
            file: One of its files.
            path: Where to put it.
            sha256: What it must be; by default what the hub says.
            progress: Called with the bytes of this file that are there.

        Raises:
            ModelError: The file cannot be had (what came of it is kept), or is another than it should be (it is
                removed).
        """
        self.download(f"/{repository}/resolve/{commit}/{quote(file.path)}", file, path, progress=progress)
        if not is_whole(path, file, sha256):
            path.unlink()
            raise ModelError(
                f"{file.path} of {repository} has not the size and checksum that it should; it was removed"
            )
        progress(file.size)

    def download(self, url: str, file: RemoteFile, path: Path, *, progress: Callable[[int], None]) -> None:
        """Download a file from a URL, unchecked, as `fetch` does.

        Raises:
            ModelError: It cannot be had; what came of it is kept.
        """
        import httpx  # noqa: PLC0415 - as above

        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        have, gained, reason = path.stat().st_size, True, ""
        while have < file.size and gained:
            try:
                self._append(url, path, file.size, progress)
            except (httpx.HTTPError, OSError) as error:
                reason = f": {error}"
            gained, have = path.stat().st_size > have, path.stat().st_size
        if have < file.size:
            raise ModelError(f"the download of {file.path} broke off at {have:,} of {file.size:,} bytes{reason}")

    def _append(self, url: str, path: Path, size: int, progress: Callable[[int], None]) -> None:
        have = path.stat().st_size
        headers = {"Range": f"bytes={have}-"} if have else {}
        with self._client.stream("GET", url, headers=headers) as response:
            if response.status_code not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
                raise ModelError(f"the model hub answered {response.status_code} for {url}")
            if response.status_code == HTTPStatus.OK:
                have = 0  # a host that cannot resume sends the file from its start
            elif not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
                raise ModelError(f"the model hub sent another part of {url} than it was asked for")
            with path.open("ab") as out:
                out.truncate(have)
                for piece in response.iter_raw():
                    out.write(piece)
                    have += len(piece)
                    if have > size:
                        return
                    progress(have)


def is_whole(path: Path, file: RemoteFile, sha256: str | None) -> bool:
    """Whether a file on disk is the remote one: by a SHA-256, else by what the hub says of it."""
    if path.stat().st_size != file.size:
        return False
    expected = sha256 or (file.large.sha256 if file.large else None)
    digest = hashlib.sha256() if expected else hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
    with path.open("rb") as content:
        while piece := content.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest() == (expected or file.git)
