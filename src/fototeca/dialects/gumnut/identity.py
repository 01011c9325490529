"""The Gumnut user that a workspace is."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from fototeca.dialects.gumnut import identifiers
from fototeca.http import Caller

_NAMESPACE = UUID("5a9a6f0b-6d1d-4f0e-9a43-6f1f6a1f7c1d")
"""Of the UUIDs that workspaces have as users; the catalogue knows workspaces by number and name only."""


def user_id(caller: Caller) -> str:
    """Return the id of the caller's workspace as a user."""
    workspace = caller.principal.workspace
    return identifiers.encode(identifiers.USER, uuid5(_NAMESPACE, f"{workspace.id}/{workspace.name}").hex)


def summary(caller: Caller) -> dict[str, Any]:
    """Return the user in brief."""
    return {"id": user_id(caller), "display_name": caller.principal.workspace.name}
