"""Files by signed links, which work without a key until they expire."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from fototeca.http import Router, context_of, send

router = Router(tags=["media"], include_in_schema=False)

_MAX_AGE = 3600


@router.get("/media/{workspace}/{uuid}/{variant}")
@router.head("/media/{workspace}/{uuid}/{variant}")
def signed_media(
    request: Request,
    *,
    workspace: str,
    uuid: str,
    variant: str,
    expires: str = "",
    signature: str = "",
    attached: bool = False,
) -> Response:
    """Return a file by a signed link; whoever has the link needs no key until it expires."""
    context = context_of(request)
    left = context.links.check(workspace, uuid, variant, expires, signature)
    library = context.installation.library(workspace)
    cache = f"private, max-age={min(left, _MAX_AGE)}"
    return send(request, library, library.get(uuid), variant, cache=cache, attached=attached)
