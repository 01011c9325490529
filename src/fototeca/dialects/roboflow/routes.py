"""All routes of the dialect. Those of the workspace come before those of its projects, whose paths are wider."""

from __future__ import annotations

from fototeca.dialects.roboflow import account, batches, exports, images, search, uploads, zips
from fototeca.dialects.roboflow.surface import make_router

router = make_router()
for part in (exports, zips, search, images, batches, uploads, account):
    router.include_router(part.router)
