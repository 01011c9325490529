"""Pictures to send, and a way to ask an app without a server."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import httpx
from fastapi.testclient import TestClient
from PIL import Image
from starlette.types import ASGIApp

Colour = tuple[int, int, int]


def picture(colour: Colour, size: tuple[int, int] = (64, 48), format_: str = "PNG") -> bytes:
    """Return the bytes of a picture of one colour; other colours give other bytes."""
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, format_)
    return target.getvalue()


def upload(client: httpx.Client | TestClient, filename: str, data: bytes, **fields: Any) -> dict[str, Any]:
    """Send a file as a form, and return its asset."""
    answer = client.post("/v1/assets", files={"file": (filename, data)}, data=fields)
    assert answer.status_code in {200, 201}, answer.text
    asset: dict[str, Any] = answer.json()["asset"]
    return asset


def ask(app: ASGIApp, method: str, path: str, **options: Any) -> httpx.Response:
    """Send one request to an app in this process."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **options)

    return asyncio.run(send())
