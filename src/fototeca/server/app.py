"""Composes the app: our own API, media, health, and the layers around them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from anyio import to_thread
from fastapi import Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.routing import Route

from fototeca.dialects import acusight, cloudinary, coreviz, gumnut, roboflow
from fototeca.errors import FototecaError
from fototeca.http import Context, Surface
from fototeca.library import Installation
from fototeca.server import gallery, health, mcp, media, refusing
from fototeca.server.bodies import WITH_FILES, BodyLimits
from fototeca.server.enriching import BackgroundEnricher
from fototeca.server.native import ROUTERS, openapi
from fototeca.server.native.requests import refuse_unknown_parameters
from fototeca.server.observing import Observer

NARROW: tuple[Surface, ...] = (coreviz.SURFACE, acusight.SURFACE, gumnut.SURFACE)
"""The dialects whose paths are nobody else's."""
SURFACES: tuple[Surface, ...] = (*NARROW, cloudinary.SURFACE, roboflow.SURFACE)
"""The dialects, in the order in which their routes are tried: the ones with the widest paths last."""
THREADS = 40
"""Requests that work at the same time; further ones wait their turn without holding a thread."""
_RETRY_SECONDS = 5.0
_logger = logging.getLogger("fototeca.server")


class App(FastAPI):
    """An ASGI app whose API description also holds the records that answers are made of."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI description, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = openapi.describe(self)
        return self.openapi_schema


def create_app(installation: Installation) -> FastAPI:
    """Make the app that serves an installation; whoever made the installation closes it.

    Everything of ours lives under `/v1` and `/media`, beside `/healthz`, `/readyz` and `/metrics`; the dialects lie at
    the paths that their clients know, on the same origin.
    """
    context = Context.of(installation)
    app = App(
        title="Fototeca",
        openapi_url="/v1/openapi.json",
        docs_url=None,  # the pages that come with the framework load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    app.state.context = context
    for router in ROUTERS:
        app.include_router(
            router, dependencies=[Depends(refuse_unknown_parameters)], responses={"default": openapi.PROBLEM}
        )
    app.include_router(media.router)
    app.include_router(health.router)
    app.include_router(gallery.router)
    app.state.mcp = mcp.Endpoint(context)
    app.router.routes.append(Route(mcp.PATH, app.state.mcp))
    for surface in SURFACES:
        app.include_router(surface.router)
        if surface in NARROW:
            app.router.routes.append(refusing.Unclaimed(surface))
    refuse = refusing.refuser(SURFACES)
    refusing.install(app, refuse)
    app.add_middleware(
        BodyLimits, refuse=refuse, with_files=[WITH_FILES, *(surface.with_files for surface in SURFACES)]
    )
    app.add_middleware(
        CORSMiddleware,
        allow_origins=installation.settings.cors_origins,
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=["X-Request-Id"],
        max_age=3600,
    )
    app.add_middleware(Observer, metrics=context.metrics, refuse=refuse)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Bring the indexes in step beside the first requests, show new photos to models, and flush after the last one."""
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    context: Context = app.state.context
    app.openapi()
    stopping = asyncio.Event()
    warming = asyncio.create_task(_warm(context, stopping))
    with BackgroundEnricher(context.installation) as enriching:
        async with app.state.mcp.running():
            yield
        stopping.set()
        await warming
        await to_thread.run_sync(enriching.stop)
    await to_thread.run_sync(context.installation.flush)


async def _warm(context: Context, stopping: asyncio.Event) -> None:
    """Bring the indexes in step; a catalogue that cannot be reached yet is tried again."""
    while not (context.warmed.is_set() or stopping.is_set()):
        try:
            await to_thread.run_sync(context.warm)
        except FototecaError as error:
            _logger.warning("the indexes are not in step: %s", error.message)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), _RETRY_SECONDS)
