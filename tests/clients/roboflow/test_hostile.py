"""Requests that no client of good will sends: each gets an error of the API's own shape, and the server goes on."""

from __future__ import annotations

import json
from itertools import product

import httpx
import pytest

from tests.server.conftest import Served

BODIES: tuple[bytes | str, ...] = (
    b"",
    b"{",
    b"\xff\xfe\x00",
    b"null",
    b"[]",
    b'"text"',
    b"[" * 5_000,
    json.dumps({"query": ["a"], "images": {"a": 1}, "operation": 3, "tags": "x", "updates": 7, "name": [], "type": {}}),
    json.dumps(
        {"query": "(" * 2_000, "images": ["\0"], "limit": -1, "offset": 2**80, "operation": "set", "tags": [None]}
    ),
    json.dumps(
        {"query": "tag:\ud800", "fields": 1, "annotationFile": {"a": []}, "annotation": 5, "url": "file:///etc"}
    ),
)
POSTS = (
    "/demo/search/v1",
    "/demo/search/export",
    "/demo/projects",
    "/demo/trash/restore",
    "/demo/images/metadata",
    "/demo/images/nobody/metadata",
    "/demo/uploads/search",
    "/demo/uploads/jobs",
    "/demo/uploads/images/nobody/tags",
    "/demo/uploads/upload/zip",
    "/dataset/uploads/upload",
    "/dataset/uploads/annotate/nobody",
)
PATHS = (
    "/demo/%00",
    "/demo/%FF%FE",
    "/demo/" + "a" * 5_000,
    "/demo/uploads/images/%2e%2e%2f%2e%2e",
    "/demo/uploads/batches/99999999999999999999999",
    "/demo/uploads/jobs/-1",
    "/demo/asynctasks/..%2F..%2Fetc",
    "/demo/exports/%00/download",
    "/demo/search/export/%F0%9F%92%A9",
    "/demo/upload/zip/" + "0" * 3_000,
)


def _is_refused(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert "error" in answer.json()


@pytest.mark.parametrize("path", POSTS)
def test_bodies(served: Served, key: str, home: object, path: str) -> None:
    for body, kind in product(BODIES, ("application/json", "multipart/form-data; boundary=x")):
        headers = {"Content-Type": kind}
        _is_refused(httpx.post(served.origin + path, params={"api_key": key}, content=body, headers=headers))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:40])
def test_paths(served: Served, key: str, home: object, path: str) -> None:
    answer = httpx.get(served.origin + path, params={"api_key": key})
    _is_refused(answer)
    assert answer.status_code >= 400


@pytest.mark.parametrize("value", ["", "\0", "a" * 2_000, "-1", "1e999", "NaN", "[]", "💩"])
def test_parameters(served: Served, key: str, home: object, value: str) -> None:
    names = ("name", "split", "batch", "tag", "image", "limit", "jobName", "sequence_number", "overwrite", "format")
    given = {"api_key": key, **dict.fromkeys(names, value)}
    for method, path in (("POST", "/dataset/uploads/upload"), ("GET", "/demo/uploads/batches"), ("GET", "/demo")):
        _is_refused(httpx.request(method, served.origin + path, params=given))
    refused = httpx.get(f"{served.origin}/demo", params={"api_key": value})
    assert refused.status_code == 401
