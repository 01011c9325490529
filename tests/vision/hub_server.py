"""A model hub on loopback: its API, redirects to a content host, ranges, and faults on demand."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REPOSITORY = "someone/tiny"
LARGE = 200
"""Bytes from which a file is in large file storage."""


class FakeHub:
    """What the server serves, the faults it is to make, and what it was asked.

    Attributes:
        files: The repository's files; a test may change them, which makes a new commit.
        served: Other bytes than the listed ones, by path.
        cut_after: Bytes after which the connection of a content request is cut, used up one by one.
        ranges: Whether the content host can resume.
    """

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.served: dict[str, bytes] = {}
        self.cut_after: list[int] = []
        self.ranges = True
        self.asked: list[tuple[str, str | None]] = []
        self.url = ""

    @property
    def commit(self) -> str:
        return hashlib.sha1(repr(self.files).encode()).hexdigest()

    def listing(self) -> bytes:
        siblings: list[dict[str, Any]] = []
        for path, content in self.files.items():
            blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            sibling: dict[str, Any] = {"rfilename": path, "size": len(content), "blobId": blob}
            if len(content) >= LARGE:
                sha256 = hashlib.sha256(content).hexdigest()
                sibling |= {"blobId": "0" * 40, "lfs": {"sha256": sha256, "size": len(content), "pointerSize": 134}}
            siblings.append(sibling)
        return json.dumps({"id": REPOSITORY, "sha": self.commit, "siblings": siblings}).encode()

    @contextmanager
    def running(self) -> Iterator[FakeHub]:
        hub = self

        class Handler(_Handler):
            fake = hub

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    fake: FakeHub

    def do_GET(self) -> None:
        hub = self.fake
        path = self.path
        if path in {f"/api/models/{REPOSITORY}/revision/{name}?blobs=true" for name in ("main", hub.commit)}:
            self._answer(200, hub.listing())
        elif path.startswith(prefix := f"/{REPOSITORY}/resolve/{hub.commit}/"):
            self._answer(302, b"", Location=f"/content/{path.removeprefix(prefix)}?signature=1")
        elif path.startswith("/content/") and (name := path[9:].partition("?")[0]) in hub.files:
            hub.asked.append((name, self.headers["Range"]))
            self._content(hub.served.get(name, hub.files[name]))
        else:
            self._answer(404, b"")

    def _content(self, content: bytes) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "") if self.fake.ranges else None
        start = int(wanted[1]) if wanted else 0
        size = f"bytes {start}-{len(content) - 1}/{len(content)}"
        limit = self.fake.cut_after.pop(0) if self.fake.cut_after and len(content) >= LARGE else None
        headers = {"Content-Range": size} if wanted else {}
        self._answer(206 if wanted else 200, content[start:], limit=limit, **headers)

    def _answer(self, status: int, body: bytes, *, limit: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:limit])

    def log_message(self, *_: object) -> None:
        pass
