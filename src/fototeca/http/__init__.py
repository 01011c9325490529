"""What every surface that is reached over HTTP shares: our own API, the dialects and the gallery.

A surface is routes (`routing`) and a way to say no. The rest is here: who is asking (`caller`), what requests share
(`context`), files going out (`sending`, `ranges`) and coming in (`receiving`), and the status of an error (`statuses`).
"""

from fototeca.http.caller import Caller
from fototeca.http.context import Context, context_of
from fototeca.http.parameters import whole
from fototeca.http.receiving import decoded, kept
from fototeca.http.routing import Router
from fototeca.http.sending import send
from fototeca.http.statuses import status_of
from fototeca.http.surface import Surface, answering

__all__ = (
    "Caller",
    "Context",
    "Router",
    "Surface",
    "answering",
    "context_of",
    "decoded",
    "kept",
    "send",
    "status_of",
    "whole",
)
