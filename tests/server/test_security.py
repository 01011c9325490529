from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from fototeca.assets import Scope
from tests.server.conftest import Served

NEEDED = {
    "GET /v1/search": Scope.READ,
    "POST /v1/search": Scope.READ,
    "GET /v1/assets": Scope.READ,
    "POST /v1/assets": Scope.WRITE,
    "POST /v1/assets/bulk": Scope.WRITE,
    "GET /v1/assets/{asset}": Scope.READ,
    "PATCH /v1/assets/{asset}": Scope.WRITE,
    "DELETE /v1/assets/{asset}": Scope.WRITE,
    "POST /v1/assets/{asset}/restore": Scope.WRITE,
    "GET /v1/assets/{asset}/original": Scope.READ,
    "GET /v1/assets/{asset}/media/{variant}": Scope.READ,
    "HEAD /v1/assets/{asset}/media/{variant}": Scope.READ,
    "GET /v1/collections": Scope.READ,
    "POST /v1/collections": Scope.WRITE,
    "GET /v1/collections/{collection}": Scope.READ,
    "PATCH /v1/collections/{collection}": Scope.WRITE,
    "DELETE /v1/collections/{collection}": Scope.WRITE,
    "POST /v1/collections/{collection}/assets": Scope.WRITE,
    "DELETE /v1/collections/{collection}/assets": Scope.WRITE,
    "GET /v1/folders": Scope.READ,
    "POST /v1/folders": Scope.WRITE,
    "GET /v1/folders/{folder}": Scope.READ,
    "PATCH /v1/folders/{folder}": Scope.WRITE,
    "DELETE /v1/folders/{folder}": Scope.WRITE,
    "GET /v1/albums": Scope.READ,
    "POST /v1/albums": Scope.WRITE,
    "GET /v1/albums/{album}": Scope.READ,
    "PATCH /v1/albums/{album}": Scope.WRITE,
    "DELETE /v1/albums/{album}": Scope.WRITE,
    "POST /v1/albums/{album}/assets": Scope.WRITE,
    "DELETE /v1/albums/{album}/assets": Scope.WRITE,
    "GET /v1/assets/{asset}/words": Scope.READ,
    "GET /v1/assets/{asset}/versions": Scope.READ,
    "POST /v1/assets/{asset}/versions/{version}/choose": Scope.WRITE,
    "DELETE /v1/assets/{asset}/versions/{version}": Scope.WRITE,
    "GET /v1/people": Scope.READ,
    "POST /v1/people": Scope.WRITE,
    "GET /v1/people/{person}": Scope.READ,
    "PATCH /v1/people/{person}": Scope.WRITE,
    "DELETE /v1/people/{person}": Scope.WRITE,
    "POST /v1/people/{person}/merge": Scope.WRITE,
    "POST /v1/people/{person}/split": Scope.WRITE,
    "GET /v1/people/{person}/faces": Scope.READ,
    "GET /v1/faces": Scope.READ,
    "POST /v1/faces": Scope.WRITE,
    "GET /v1/faces/{face}": Scope.READ,
    "PATCH /v1/faces/{face}": Scope.WRITE,
    "DELETE /v1/faces/{face}": Scope.WRITE,
    "GET /v1/faces/{face}/thumbnail": Scope.READ,
    "GET /v1/enrichment": Scope.READ,
    "GET /v1/enrichment/failed": Scope.READ,
    "POST /v1/enrichment/retry": Scope.WRITE,
    "GET /v1/tags": Scope.READ,
    "PATCH /v1/tags/{tag}": Scope.WRITE,
    "DELETE /v1/tags/{tag}": Scope.WRITE,
    "GET /v1/duplicates": Scope.READ,
    "GET /v1/searches": Scope.READ,
    "POST /v1/searches": Scope.WRITE,
    "PUT /v1/searches/{name}": Scope.WRITE,
    "DELETE /v1/searches/{name}": Scope.WRITE,
    "GET /v1/facets": Scope.READ,
    "GET /v1/fields": Scope.READ,
    "GET /v1/keys": Scope.ADMIN,
    "POST /v1/keys": Scope.ADMIN,
    "DELETE /v1/keys/{key}": Scope.ADMIN,
    "GET /v1/workspace": Scope.READ,
    "GET /v1/changes": Scope.READ,
}
LESS = {Scope.WRITE: Scope.READ, Scope.ADMIN: Scope.WRITE}


@pytest.fixture(scope="module")
def keys(served: Served, workspace: str) -> dict[Scope, str]:
    return {scope: served.key(workspace, scope) for scope in Scope}


def call(served: Served, route: str, headers: dict[str, str]) -> httpx.Response:
    """Call a route with nothing behind it: what counts is whether it lets the caller in."""
    method, _, path = route.partition(" ")
    for name in ("{asset}", "{collection}", "{folder}", "{album}", "{tag}", "{key}", "{name}", "{person}", "{face}"):
        path = path.replace(name, "987654321")
    return httpx.request(method, served.origin + path.replace("{variant}", "256"), headers=headers)


def test_every_route_has_its_line_here(served: Served) -> None:
    routes = [route for route in iter_route_contexts(served.app.routes) if (route.path or "").startswith("/v1/")]
    found = {f"{method} {route.path}".replace(":path}", "}") for route in routes for method in route.methods or ()}
    open_to_all = {"GET /v1/openapi.json", "HEAD /v1/openapi.json"}
    assert found - open_to_all == NEEDED.keys()


@pytest.mark.parametrize(("route", "scope"), NEEDED.items())
def test_each_route_needs_its_scope_and_no_more(
    served: Served, keys: dict[Scope, str], route: str, scope: Scope
) -> None:
    enough = call(served, route, {"X-API-Key": keys[scope]})
    assert enough.status_code not in {401, 403}, enough.text
    if scope in LESS:
        less = call(served, route, {"X-API-Key": keys[LESS[scope]]})
        assert (less.status_code, less.json()["code"]) == (403, "forbidden")
    nobody = call(served, route, {})
    assert nobody.status_code == 401
    assert nobody.headers["www-authenticate"].startswith("Bearer")


def test_all_ways_to_show_a_credential(served: Served, keys: dict[Scope, str], workspace: str) -> None:
    owner = served.installation.library(workspace).workspace
    token = served.authority.create_token(owner, scope=Scope.READ, ttl=timedelta(minutes=1))
    for headers in (
        {"Authorization": f"Bearer {keys[Scope.READ]}"},
        {"authorization": f"bearer {keys[Scope.READ]}"},
        {"X-API-Key": keys[Scope.READ]},
        {"Authorization": f"Bearer {token}"},
    ):
        answer = httpx.get(f"{served.origin}/v1/workspace", headers=headers)
        assert (answer.status_code, answer.json().get("name")) == (200, workspace)


def test_a_wrong_credential_opens_nothing(served: Served, keys: dict[Scope, str]) -> None:
    key = keys[Scope.ADMIN]
    for headers in (
        {"Authorization": f"Bearer {key}x"},
        {"Authorization": f"Basic {key}"},
        {"Authorization": "Bearer a.b.c"},
        {"X-API-Key": "x" * 5000},
        {"X-API-Key": ""},
    ):
        assert httpx.get(f"{served.origin}/v1/workspace", headers=headers).status_code == 401
    for name in ("api_key", "key", "access_token"):
        assert httpx.get(f"{served.origin}/v1/workspace", params={name: key}).status_code in {400, 401}
