"""`/mcp`: lets in whoever has a key, and hands their requests to the tools."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from mcp.server import MCPServer
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from fototeca.assets import Scope as KeyScope
from fototeca.errors import FototecaError, Unauthenticated
from fototeca.http import Caller, Context
from fototeca.server.mcp import tools
from fototeca.server.problems import refuse

PATH = "/mcp"
_NO_KEY = "send a key: `Authorization: Bearer KEY`"
_INSTRUCTIONS = """Searches and arranges one library of photos and videos. Start with search_assets: its query mixes
words, which match by meaning and as text, with exact filters such as camera:canon, taken:2023, person:"Ann",
width>=2000, -tag:holiday; list_fields names them all. Look at a picture with view_asset before you describe it."""


class Endpoint:
    """An ASGI app. It keeps no session: every request carries its key, and any process may answer it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._manager: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answer for as long as the block runs."""
        server = MCPServer(
            "fototeca",
            instructions=_INSTRUCTIONS,
            version=version("fototeca"),
            log_level="WARNING",
            subscriptions=False,
        )
        tools.register(server)
        # A page that tricks a browser into asking has no key to send: there is nothing to protect by the host's name.
        server.streamable_http_app(stateless_http=True, json_response=True, host="")
        self._manager = server.session_manager
        async with self._manager.run():
            yield
        self._manager = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        try:
            scope[tools.CALLER] = await run_in_threadpool(self._caller, scope)
        except FototecaError as error:
            await refuse(Request(scope), error)(scope, receive, send)
            return
        await self._running().handle_request(scope, receive, send)

    def _running(self) -> StreamableHTTPSessionManager:
        if self._manager is None:
            raise HTTPException(503, "the server is starting or stopping", {"Retry-After": "1"})
        return self._manager

    def _caller(self, scope: Scope) -> Caller:
        kind, _, credential = Headers(scope=scope).get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not credential.strip():
            raise Unauthenticated(_NO_KEY)
        principal = self._context.authority.authenticate(credential.strip())
        return Caller.of(Request(scope), principal, KeyScope.READ)
