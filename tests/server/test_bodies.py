from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI, Request
from starlette.types import ASGIApp, Message

from fototeca.server import problems, refusing
from fototeca.server.bodies import MAX_BODY, MAX_INLINE, BodyLimits
from tests.server.helpers import ask


def echo(idle_seconds: float = 5) -> ASGIApp:
    app = FastAPI()
    refusing.install(app, problems.refuse)
    app.add_middleware(BodyLimits, refuse=problems.refuse, idle_seconds=idle_seconds)

    async def length(request: Request) -> int:
        return len(await request.body())

    for path in ("/v1/albums", "/v1/search", "/v1/assets"):
        app.post(path)(length)
    return app


async def chunks(size: int, chunk: int = 2**16) -> AsyncIterator[bytes]:
    for start in range(0, size, chunk):
        yield b"x" * min(chunk, size - start)


def test_a_zip_file_may_be_larger_than_a_picture_in_a_text() -> None:
    headers = {"Content-Type": "application/zip"}
    content = chunks(MAX_INLINE + 1, 2**20)
    assert ask(echo(), "POST", "/v1/assets", content=content, headers=headers).json() == MAX_INLINE + 1


@pytest.mark.parametrize(
    ("path", "limit"), [("/v1/albums", MAX_BODY), ("/v1/search", MAX_INLINE), ("/v1/assets", MAX_INLINE)]
)
def test_a_body_may_be_as_large_as_the_limit_and_no_larger(path: str, limit: int) -> None:
    assert ask(echo(), "POST", path, content=b"x" * limit).json() == limit
    for content in (b"x" * (limit + 1), chunks(limit + 1)):
        answer = ask(echo(), "POST", path, content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "content_too_large")


def test_a_form_of_files_may_be_larger() -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = ask(echo(), "POST", "/v1/assets", content=chunks(MAX_INLINE + 1), headers=headers)
    assert answer.json() == MAX_INLINE + 1


def test_a_client_that_stops_sending_is_told_so() -> None:
    sent: list[Message] = []

    async def talk() -> None:
        first = asyncio.Event()

        async def receive() -> Message:
            if first.is_set():
                await asyncio.sleep(60)
            first.set()
            return {"type": "http.request", "body": b"{", "more_body": True}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/v1/search", "headers": [], "query_string": b""}
        await echo(idle_seconds=0.05)(scope, receive, send)

    asyncio.run(talk())
    assert sent[0]["status"] == 408
