"""The Gumnut photos API. A workspace is a user; a collection of the type "library" is one of the user's libraries."""

from __future__ import annotations

import re

from fototeca.dialects.gumnut import (
    albums,
    assets,
    counts,
    events,
    faces,
    keys,
    libraries,
    moving,
    oauth,
    people,
    search,
    stacks,
    tasks,
    uploads,
    users,
    versions,
)
from fototeca.dialects.gumnut.errors import refuse
from fototeca.http import Router, Surface

__all__ = ("SURFACE",)

_NAMES = (
    "search|assets|albums|album-assets|libraries|faces|people|stacks|events|users|api-keys|oauth|server|feedback|tasks"
)

router = Router(include_in_schema=False)
# What has a fixed path comes before what takes any id in its place.
for room in (
    search,
    uploads,
    counts,
    moving,
    assets,
    versions,
    albums,
    libraries,
    people,
    faces,
    stacks,
    events,
    keys,
    users,
    oauth,
    tasks,
):
    router.include_router(room.router)


SURFACE = Surface(
    router=router,
    paths=re.compile(rf"/api/({_NAMES})(/|$)|/api-keys(/|$)"),
    with_files=re.compile(r"/api/(assets|search)/?|/api/assets/[^/]+/versions(/.*)?"),
    refuse=refuse,
)
