"""Runs the server until a signal ends it."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from types import FrameType

import uvicorn

from fototeca.library import Installation
from fototeca.server.app import create_app

GRACE_SECONDS = 30
"""How long requests in flight may take to finish after SIGTERM or SIGINT."""
_KEEP_ALIVE_SECONDS = 15


def run(installation: Installation, *, host: str, port: int) -> None:
    """Serve an installation, in this process, until SIGTERM or SIGINT.

    Then no new request is taken, those in flight are finished, and the indexes are written to disk.
    """
    config = uvicorn.Config(
        create_app(installation),
        host=host,
        port=port,
        access_log=False,  # /metrics counts; a log of paths would keep what people searched for
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    # The server raises the signal anew when it is done; by default that would end the process with nothing closed.
    signal.signal(signal.SIGTERM, _leave)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run()


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
