"""All routes of this dialect, as one router, and their description."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi.openapi.utils import get_openapi
from starlette.responses import JSONResponse, Response

from fototeca.dialects.acusight import batches, devices, images, organization, shapes, splitting, uploads
from fototeca.dialects.acusight.annotations import router as annotations_router
from fototeca.dialects.acusight.errors import refuse
from fototeca.http import Router, answering

_ROUTERS = (
    images.router,
    batches.router,
    splitting.router,
    annotations_router,
    uploads.router,
    devices.router,
    organization.router,
)
_FAILURE: dict[int | str, dict[str, Any]] = {"default": {"model": shapes.Failure, "description": "What went wrong"}}


def _joined(*, described: bool) -> Router:
    router = Router(include_in_schema=described)
    for part in _ROUTERS:
        router.include_router(part, responses=_FAILURE)
    return router


router = Router(route_class=answering(refuse), include_in_schema=False)


@router.get("/api/data/openapi.json")
def description() -> Response:
    """Return the description from which clients can be generated."""
    return JSONResponse(describe())


@cache
def describe() -> dict[str, Any]:
    """Return the OpenAPI description of these routes; its paths begin after `/api`, as Acusight's own do."""
    found = get_openapi(
        title="Acusight-compatible API",
        version="1.0.0",
        routes=_joined(described=True).routes,
        servers=[{"url": "/api"}],
    )
    for name, schema in found["components"]["schemas"].items():
        schema["title"] = name  # generators name their classes after it, and generic shapes would all be called alike
    found["paths"] = {path.removeprefix("/api"): methods for path, methods in found["paths"].items()}
    return found


router.include_router(_joined(described=False))
