from __future__ import annotations

import httpx
import pytest


def names(client: httpx.Client) -> list[str]:
    return [each["name"] for each in client.get("/v1/searches").json()["searches"]]


def test_a_search_is_saved_changed_and_removed(client: httpx.Client) -> None:
    made = client.post("/v1/searches", json={"name": "Cats/dogs", "query": "tag:cat"})
    assert (made.status_code, made.json()) == (201, {"name": "Cats/dogs", "query": "tag:cat"})
    changed = client.put("/v1/searches/Cats%2Fdogs", json={"query": "tag:dog"})
    assert changed.json()["query"] == "tag:dog"
    assert "Cats/dogs" in names(client)
    assert client.delete("/v1/searches/Cats%2Fdogs").status_code == 204
    assert "Cats/dogs" not in names(client)
    assert client.delete("/v1/searches/Cats%2Fdogs").status_code == 404


def test_a_name_is_given_once(client: httpx.Client) -> None:
    assert client.post("/v1/searches", json={"name": "Once", "query": "*"}).status_code == 201
    assert client.post("/v1/searches", json={"name": "Once", "query": "a"}).status_code == 409


@pytest.mark.parametrize("body", [{"name": "x", "query": "colr:red"}, {"name": "", "query": ""}, {"name": "x"}])
def test_what_cannot_be_asked_is_not_saved(client: httpx.Client, body: dict[str, str]) -> None:
    assert client.post("/v1/searches", json=body).status_code == 400
    assert "x" not in names(client)
