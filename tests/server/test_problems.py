from __future__ import annotations

import logging
from typing import Any

import pytest
from fastapi import FastAPI

from fototeca import errors
from fototeca.http.metrics import Metrics
from fototeca.server import problems, refusing
from fototeca.server.observing import Observer
from tests.server.helpers import ask

STATUS = {
    errors.FototecaError: 500,
    errors.InvalidInput: 400,
    errors.QueryError: 400,
    errors.CursorError: 400,
    errors.LimitExceeded: 400,
    errors.MediaError: 422,
    errors.UnsupportedMedia: 415,
    errors.CorruptMedia: 422,
    errors.MediaTooLarge: 413,
    errors.MediaTimeout: 422,
    errors.FetchError: 422,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.AccessError: 403,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.LinkExpired: 410,
    errors.StorageError: 503,
    errors.NoDirection: 422,
    errors.ModelError: 503,
}


def all_kinds(kind: type[errors.FototecaError] = errors.FototecaError) -> list[type[errors.FototecaError]]:
    """The tree in `errors`; what dialects add below it they render themselves."""
    children = (child for child in kind.__subclasses__() if child.__module__ == errors.__name__)
    return [kind, *(each for child in children for each in all_kinds(child))]


def app_that_raises(error: Exception) -> FastAPI:
    app = FastAPI()
    refusing.install(app, problems.refuse)
    app.add_middleware(Observer, metrics=Metrics(), refuse=problems.refuse)

    @app.get("/")
    def fail() -> None:
        raise error

    return app


@pytest.mark.parametrize("kind", [kind for kind in all_kinds() if kind is not errors.Defect])
def test_every_error_of_the_tree_is_a_problem_with_its_own_status(kind: type[errors.FototecaError]) -> None:
    answer = ask(app_that_raises(kind("the reason")), "GET", "/")
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, body["status"]) == (STATUS[kind], STATUS[kind])
    assert (body["code"], body["detail"]) == (kind.code, "the reason")
    assert body["type"] == f"urn:fototeca:problem:{kind.code}"
    assert body["title"]


def test_what_is_known_of_an_error_is_told_and_nothing_else() -> None:
    error = errors.QueryError("unknown field", position=4, suggestion="camera", field="camra")
    body = ask(app_that_raises(error), "GET", "/").json()
    assert (body["position"], body["suggestion"], body["field"]) == (4, "camera", "camra")
    plain = ask(app_that_raises(errors.NotFound("no")), "GET", "/").json()
    assert plain.keys() == {"type", "title", "status", "detail", "code"}


def test_who_is_not_known_is_told_how_to_be() -> None:
    answer = ask(app_that_raises(errors.Unauthenticated("no key")), "GET", "/")
    assert answer.headers["www-authenticate"] == 'Bearer realm="fototeca"'


def test_a_defect_is_logged_with_the_request_id_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = ask(app_that_raises(RuntimeError("the password is hunter2")), "GET", "/?api_key=secret")
    body = answer.json()
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["request_id"] in caplog.records[0].getMessage()
    assert "secret" not in caplog.records[0].getMessage()


@pytest.mark.parametrize(("sent", "kept"), [("abc-1.2_3", True), ("with space", False), ("x" * 65, False), ("", False)])
def test_a_sane_request_id_of_the_client_is_kept(sent: str, kept: bool) -> None:
    answer = ask(app_that_raises(errors.NotFound("no")), "GET", "/", headers={"X-Request-Id": sent})
    assert (answer.headers["x-request-id"] == sent) is kept


@pytest.mark.parametrize(
    ("method", "path", "status", "code"), [("GET", "/no", 404, "not_found"), ("POST", "/", 405, "method_not_allowed")]
)
def test_the_frameworks_own_errors_are_problems(method: str, path: str, status: int, code: str) -> None:
    answer = ask(app_that_raises(errors.NotFound("no")), method, path)
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_defect_names_the_request_and_nothing_of_its_cause() -> None:
    answer = ask(app_that_raises(RuntimeError("a secret")), "GET", "/", headers={"X-Request-Id": "r-17"})
    body = answer.json()
    assert (answer.status_code, body["code"], body["request_id"]) == (500, "internal_error", "r-17")
    assert "secret" not in answer.text
