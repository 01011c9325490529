"""How errors look on the wire: nested where the SDK reads members, a text where it shows `error` as it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from fototeca import errors
from fototeca.dialects.roboflow.errors import refuse
from fototeca.dialects.roboflow.surface import PATHS


def told(error: Exception, path: str = "/demo/search/v1", method: str = "POST") -> tuple[int, Any]:
    """Return the status and what stands under `error`."""
    answer = refuse(Request({"type": "http", "method": method, "path": path, "headers": []}), error)
    return answer.status_code, json.loads(bytes(answer.body))["error"]


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (errors.Unauthenticated("x"), 401, "This API key does not exist"),
        (errors.Forbidden("x"), 403, "x"),
        (errors.NotFound("x"), 404, "x"),
        (errors.Conflict("x"), 409, "x"),
        (errors.QueryError("x", position=3), 400, "x"),
        (errors.InvalidInput("x", allowed="y"), 400, "x"),
        (errors.CorruptMedia("x"), 400, "Invalid image."),
        (errors.MediaTooLarge("x"), 413, "Image is too large: x"),
        (errors.FetchError("x"), 400, "Could not fetch image URL: x"),
        (errors.FetchError("x", retryable=True), 502, "Could not fetch image URL: x"),
        (errors.StorageError("x"), 503, "x"),
        (errors.Defect("id"), 500, "something went wrong"),
        (HTTPException(404), 404, "There is no such endpoint."),
        (HTTPException(413, "too large"), 413, "too large"),
    ],
)
def test_an_error_is_an_object(error: Exception, status: int, message: str) -> None:
    found, body = told(error)
    assert (found, body["status"]) == (status, status)
    assert body["message"].startswith(message)
    assert body["type"]
    assert body.get("retryable", False) == (status == 502)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/demo/proj/images/x"),
        ("GET", "/demo/proj/image/x"),
        ("DELETE", "/demo/proj/images"),
        ("GET", "/demo/proj/batches/x"),
        ("POST", "/demo/proj/jobs"),
        ("DELETE", "/demo/proj"),
        ("POST", "/demo/trash/restore"),
    ],
)
def test_where_the_sdk_shows_it_an_error_is_a_text(method: str, path: str) -> None:
    assert told(errors.NotFound("Batch not found"), path, method) == (404, "Batch not found")


def test_whose_paths_are_whose() -> None:
    for path in ("/", "/demo", "/demo/proj/images/x", "/dataset/p/upload", "/v1beta", "/apis", "/mediator/search/v1"):
        assert PATHS.match(path), path
    for path in (
        "/v1",
        "/v1/search",
        "/v1_1/x",
        "/api/x",
        "/media/a/b/c",
        "/favicon.ico",
        "/.well-known/x",
        "/web/x",
        "",
    ):
        assert not PATHS.match(path), path
