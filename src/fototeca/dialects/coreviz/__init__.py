"""CoreViz: browse, search and organise collections of images and videos, as its SDK, command line and MCP server ask.

See docs/coreviz.md for what is served and how the workspace's things are named here.
"""

import re

from fototeca.dialects.coreviz.errors import refuse
from fototeca.dialects.coreviz.routes import router
from fototeca.http import Surface

SURFACE = Surface(
    router=router,
    # /api/search is not among them: without an organization it is another API's, and with one the route answers itself.
    paths=re.compile(r"/api/(?:(?:dataset|media|folder|me|auth|upload|ai)(?:/|$)|organization/)"),
    with_files=re.compile(r"/api/(?:upload/multipart|ai/[a-z]+)"),
    refuse=refuse,
)

__all__ = ("SURFACE",)
