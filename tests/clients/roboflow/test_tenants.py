"""What one workspace sees of another, and this API of the other surfaces."""

from __future__ import annotations

from typing import Any

import httpx

from fototeca.assets import Scope
from fototeca.library import Library
from tests.clients.roboflow.helpers import WORKSPACE
from tests.server.conftest import Served


def test_tenants_see_nothing_of_each_other(served: Served, ws: Any, searched: tuple[Any, list[str]]) -> None:
    project, images = searched
    [batch] = project.get_batches()["batches"]
    other = {"api_key": served.key("stranger")}
    served.installation.library("stranger").collections.create("Searched")

    def ask(method: str, path: str, **options: Any) -> httpx.Response:
        return httpx.request(method, served.origin + path, params=other, **options)

    for path in ("/demo", "/demo/searched", "/nobody", f"/demo/searched/images/{images[0]}", "/demo/trash"):
        assert ask("GET", path).status_code == 404
    mine = "/stranger/searched"
    for query in ("*", f"id:{images[0]}", f"batch:{batch['id']}", "project:searched", "tag:even"):
        assert ask("POST", "/stranger/search/v1", json={"query": query}).json()["total"] == 0
    assert ask("POST", "/stranger/search/v1", json={"query": f"like-image:{images[0]}"}).status_code == 400
    assert ask("GET", f"{mine}/images/{images[0]}").status_code == 404
    assert ask("GET", f"{mine}/batches/{batch['id']}").status_code == 404
    assert ask("POST", f"{mine}/images/{images[0]}/tags", json={"operation": "set", "tags": []}).status_code == 404
    assert ask("POST", f"/stranger/images/{images[0]}/metadata", json={"addTags": ["x"]}).status_code == 404
    assert ask("POST", f"/dataset/searched/annotate/{images[0]}", json={"annotationFile": "cat"}).status_code == 404
    assert ask("DELETE", "/stranger/images", json={"images": images}).json()["deleted"] == []
    assert ask("DELETE", f"{mine}/images", json={"images": images}).status_code == 204
    started = ws.batch_update_image_metadata([{"imageId": images[0], "metadata": {"k": 1}}])
    assert ask("GET", f"/stranger/asynctasks/{started['taskId']}").status_code == 404
    assert project.search(limit=1)[0]["id"] == images[6]


def test_a_reader_changes_nothing(served: Served, library: Library) -> None:
    reader = {"api_key": served.key(WORKSPACE, Scope.READ)}
    for method, path in (
        ("POST", "/demo/projects"),
        ("DELETE", "/demo/searched"),
        ("DELETE", "/demo/images"),
        ("POST", "/dataset/searched/upload"),
    ):
        answer = httpx.request(method, served.origin + path, params=reader, json={})
        assert answer.status_code == 403
        assert "error" in answer.json()
    assert httpx.get(f"{served.origin}/demo", params=reader).status_code == 200


def test_other_surfaces_keep_their_paths(served: Served, key: str) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert httpx.get(served.origin + path).status_code == 200
    theirs = ("/v1/x", "/v1_1/x/y", "/api/x", "/favicon.ico", "/media/a/b/c", "/web/x.js", "/api-keys/x", "/mcp/x")
    for path in theirs:
        assert "OAuthException" not in httpx.get(served.origin + path).text
    assert "OAuthException" not in httpx.get(f"{served.origin}/").text, "without a key it is the gallery's"
    assert httpx.get(f"{served.origin}/demo").json()["error"]["type"] == "OAuthException"
