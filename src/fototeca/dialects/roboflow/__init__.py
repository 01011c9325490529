"""The Roboflow API: its SDK and command line search, upload, annotate and export here. See docs/roboflow.md."""

from fototeca.dialects.roboflow.errors import refuse
from fototeca.dialects.roboflow.routes import router
from fototeca.dialects.roboflow.surface import PATHS, WITH_FILES
from fototeca.http import Surface

SURFACE = Surface(router, PATHS, WITH_FILES, refuse)

__all__ = ("SURFACE",)
