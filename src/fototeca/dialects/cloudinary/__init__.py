"""Cloudinary's Search, Admin and Upload APIs and delivery, spoken to its official SDKs.

`expression/` is the search language. Each route module is a part of the API: `search`, `folders`, `uploading`,
`actions`, `archives`, `listing`, `deleting`, `metadata_fields`, `metadata_rules`, `account`, `named`, `signed` and
`delivery`.
"""

import re

from fototeca.dialects.cloudinary import (
    account,
    actions,
    archives,
    deleting,
    delivery,
    folders,
    listing,
    metadata_fields,
    metadata_rules,
    named,
    search,
    signed,
    uploading,
)
from fototeca.dialects.cloudinary.errors import PATHS, refuse
from fototeca.http import Router, Surface

__all__ = ("SURFACE",)

# Those with fixed paths before those that would take them for names, and delivery, with the widest paths, last.
_PARTS = (
    search,
    folders,
    metadata_fields,
    metadata_rules,
    named,
    account,
    deleting,
    listing,
    uploading,
    archives,
    actions,
    signed,
    delivery,
)


def _router() -> Router:
    router = Router(include_in_schema=False)
    for part in _PARTS:
        router.include_router(part.router)
    return router


SURFACE = Surface(
    router=_router(),
    paths=PATHS,
    with_files=re.compile(r"/v1_1/[^/]+/((image|video|raw|auto)/(upload|explicit)|resources/visual_search)"),
    refuse=refuse,
)
"""What the server mounts."""
