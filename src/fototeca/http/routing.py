"""Routers that look at their routes only for requests that can be for one of them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope


class Router(APIRouter):
    """Some routes of a surface.

    Routes are tried one after the other, and all surfaces together have hundreds. What their paths begin with is told
    by looking once, so most requests pass most routers by.

    Attributes:
        starts: What the path of each route begins with, up to its first parameter.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self.starts: list[str] = []
        super().__init__(*args, **options)

    @cached_property
    def _starts(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.starts)))  # settled by the first request

    def add_api_route(self, path: str, *args: Any, **options: Any) -> None:
        """Add a route, as the framework's decorators do."""
        self.starts.append(f"{self.prefix}{path}".partition("{")[0])
        super().add_api_route(path, *args, **options)

    def include_router(self, router: APIRouter, **options: Any) -> None:
        """Add another router's routes."""
        prefix = self.prefix + options.get("prefix", "")
        known = router.starts if isinstance(router, Router) else [""]
        self.starts += [f"{prefix}{each}".partition("{")[0] for each in known]
        super().include_router(router, **options)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Say whether a request is for one of the routes."""
        if scope.get("root_path") or scope["path"].startswith(self._starts):
            return super().matches(scope)
        return Match.NONE, {}
