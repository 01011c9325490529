"""Originals and renditions as HTTP sends them: ranges, validators, and nothing that a browser would run."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from fototeca.assets import Asset
from fototeca.errors import NotFound
from fototeca.http.ranges import Span, Unsatisfiable, http_date, not_modified, wanted
from fototeca.library import Library
from fototeca.library.files import ORIGINAL, StoredFile

_SAFE = {
    # Whatever an original turns out to be, a browser may show it as an image but run and load nothing.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Accept-Ranges": "bytes",
}


def send(
    request: Request, library: Library, asset: Asset, variant: str, *, cache: str, attached: bool = False
) -> Response:
    """Answer with a file, or with the part of it that is asked for.

    Args:
        request: May be a HEAD, and may carry `Range`, `If-Range`, `If-None-Match` and `If-Modified-Since`.
        library: The asset's own.
        asset: Whose file.
        variant: As `Library.file` takes it.
        cache: Value of `Cache-Control`.
        attached: Whether a browser saves the file instead of showing it.

    Raises:
        NotFound: The asset has no such variant.
        HTTPException: The range begins behind the file's end (416).
    """
    file = library.file(asset, variant)
    if file is None:
        raise NotFound(f'asset {asset.id} has no variant "{variant}"')
    etag = _etag(file, variant)
    headers = {
        **_SAFE,
        "Cache-Control": cache,
        "Content-Disposition": _disposition(file.filename, attached=attached),
        "ETag": etag,
        "Last-Modified": http_date(file.modified),
    }
    if not_modified(request.headers, etag, file.modified):
        return Response(status_code=304, headers=headers)
    try:
        span = wanted(request.headers, file.size, etag, file.modified)
    except Unsatisfiable:
        unsatisfied = {"Content-Range": f"bytes */{file.size}"}
        raise HTTPException(416, f"the file has {file.size} bytes", unsatisfied) from None
    return _content(request.method, file, span, headers)


def _content(method: str, file: StoredFile, span: Span | None, headers: dict[str, str]) -> Response:
    start, end = span or (0, file.size)
    if span:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    headers["Content-Length"] = str(end - start)
    status = 206 if span else 200
    if method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=file.mime)
    return StreamingResponse(file.read(start, end), status, headers, file.mime)


def _etag(file: StoredFile, variant: str) -> str:
    """Strong: the original's digest, and for anything else a digest that depends on it and the variant."""
    name = file.sha256 if variant == ORIGINAL else hashlib.sha256(f"{file.sha256}/{variant}".encode()).hexdigest()
    return f'"{name}"'


def _disposition(name: str, *, attached: bool) -> str:
    """Name the file for saving (RFC 6266): plain ASCII for old clients, the full name beside it (RFC 8187)."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%;/' else "_" for c in name)
    way = "attachment" if attached else "inline"
    return f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
