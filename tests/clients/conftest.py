"""One real server for the official clients; each test file has a workspace of its own in it."""

from __future__ import annotations

from tests.server.conftest import served, workspace

__all__ = ("served", "workspace")
