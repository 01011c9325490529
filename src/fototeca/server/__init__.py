"""The HTTP server."""

from fototeca.server.app import create_app
from fototeca.server.serving import run

__all__ = ("create_app", "run")
