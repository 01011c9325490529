"""Routers pass requests by that are for none of their routes, and take all others as the framework's own do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from fototeca.http import Router

_ROUTES = ("/a", "/a/{id}", "/a/{id}/b", "/{wide}/c", "/d{tail:path}", "/a/")


def _app(make: Callable[..., APIRouter]) -> FastAPI:
    """An app of nested routers, each of whose routes answers with its own name."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    for outer in ("/x", "/y/{name}", ""):
        inner = make(prefix=outer)
        for path in _ROUTES:
            inner.add_api_route(path, _answering(f"{outer}{path}"), methods=["GET"])
        around = make()
        around.include_router(inner, prefix="" if outer else "/z")
        around.include_router(make(prefix="/w"))
        app.include_router(around)
    return app


def _answering(name: str) -> Callable[[], str]:
    return lambda: name


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_request_is_answered_as_without(method: str) -> None:
    ours, theirs = (TestClient(_app(make)) for make in (Router, APIRouter))
    statuses = set()
    tails = ("", "/", "/a", "/a/", "/a/1", "/a/1/b", "/a/1/b/2", "/q/c", "/d", "/d/e/f", "/dd", "/%61/1", "/A")
    for path in (start + tail for start in ("", "/x", "/xx", "/y", "/y/n", "/z", "/w", "/{name}") for tail in tails):
        answer, expected = (client.request(method, path or "/") for client in (ours, theirs))
        assert (path, answer.status_code, answer.text) == (path, expected.status_code, expected.text)
        statuses.add(answer.status_code)
    assert statuses == ({200, 404} if method == "GET" else {405, 404})


def test_a_router_knows_what_its_paths_begin_with() -> None:
    inner = Router(prefix="/v1")
    inner.add_api_route("/a/{id}", _answering("a"))
    outer = Router()
    outer.include_router(inner, prefix="/p")
    outer.include_router(APIRouter())
    assert (inner.starts, outer.starts) == (["/v1/a/"], ["/p/v1/a/", ""])


def test_below_a_root_path_every_router_is_asked() -> None:
    client = TestClient(_app(Router), root_path="/proxied")
    assert client.get("/x/a/1").json() == "/x/a/{id}"
