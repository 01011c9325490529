"""All routes of this dialect, as one router."""

from __future__ import annotations

from fototeca.dialects.coreviz import account, ai, collections, folders, login, media, search, uploads
from fototeca.http import Router

router = Router(include_in_schema=False)
for part in (account, login, collections, media, folders, uploads, search, ai):
    router.include_router(part.router)
