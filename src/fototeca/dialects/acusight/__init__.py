"""Acusight: lists of images by project, batch, split and annotation, and what edge devices send.

See docs/acusight.md for what is served and how the workspace's things are named here.
"""

import re

from fototeca.dialects.acusight.errors import refuse
from fototeca.dialects.acusight.routes import router
from fototeca.http import Surface

SURFACE = Surface(
    router=router,
    paths=re.compile(r"/api/(?:(?:data|device|devices|provisioning-tokens|core|ml)(?:/|$)|organization$)"),
    with_files=re.compile(r"/api/(?:data/batches/[^/]+/uploads(?:/stream)?|(?:core/)?device/images/upload)"),
    refuse=refuse,
)

__all__ = ("SURFACE",)
