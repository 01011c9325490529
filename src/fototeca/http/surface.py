"""What a dialect gives to the server that mounts it."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from fototeca.errors import FototecaError

Refuse = Callable[[Request, Exception], Response]
"""Renders a `FototecaError`, a `RequestValidationError` or an `HTTPException` in a dialect's own shape."""


@dataclass(frozen=True, slots=True)
class Surface:
    """One dialect, as the server mounts it at the bare origin beside all others.

    Attributes:
        router: Its routes, of the class that `answering` makes.
        paths: Paths whose requests it refuses where no route takes them, or where they never reach one.
        with_files: Paths whose bodies may carry files, and may be as large.
        refuse: Renders any error.
    """

    router: APIRouter
    paths: re.Pattern[str]
    with_files: re.Pattern[str]
    refuse: Refuse


def answering(refuse: Refuse) -> type[APIRoute]:
    """Make the class of a dialect's routes: whatever goes wrong in them is told in the dialect's shape."""

    class Route(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def answer(request: Request) -> Response:
                try:
                    return await handle(request)
                except (FototecaError, RequestValidationError, HTTPException) as error:
                    return refuse(request, error)

            return answer

    return Route
