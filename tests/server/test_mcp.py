"""The MCP endpoint, asked by the official client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, ImageContent, TextContent

from fototeca.assets import Scope
from fototeca.catalog import NewFace, PersonPatch
from tests.server.conftest import Served
from tests.server.helpers import picture, upload

T = TypeVar("T")


def ask(served: Served, key: str, talk: Callable[[Client], Awaitable[T]]) -> T:
    """Connect with a key, and talk."""

    async def connected() -> T:
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as http,
            Client(streamable_http_client(f"{served.origin}/mcp", http_client=http)) as client,
        ):
            return await talk(client)

    return asyncio.run(connected())


@pytest.fixture(scope="module")
def key(served: Served, workspace: str) -> str:
    return served.key(workspace)


@pytest.fixture
def call(served: Served, key: str) -> Callable[..., CallToolResult]:
    """Calls one tool."""

    def called(tool: str, /, **arguments: Any) -> CallToolResult:
        return ask(served, key, lambda client: client.call_tool(tool, arguments))

    return called


def content(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, result.content
    assert result.structured_content is not None
    answer: dict[str, Any] = result.structured_content
    return answer


def test_the_tools_say_what_they_do(served: Served, key: str) -> None:
    listed = ask(served, key, lambda client: client.list_tools())
    names = {tool.name for tool in listed.tools}
    assert {"search_assets", "list_assets", "similar_assets", "view_asset", "list_people"} <= names
    for tool in listed.tools:
        assert tool.description
        assert tool.annotations is not None
        assert "context" not in tool.input_schema.get("properties", {})
        changes = tool.name.startswith(("update", "create", "add", "remove", "trash", "restore"))
        assert tool.annotations.read_only_hint is (None if changes else True)


def test_photos_are_found_listed_and_looked_at(client: httpx.Client, call: Callable[..., CallToolResult]) -> None:
    red = upload(client, "red.png", picture((255, 0, 0)), title="Red wall", tags="wall")
    blue = upload(client, "blue.png", picture((0, 0, 255)), title="Blue sea")
    found = content(call("search_assets", query="wall color:red"))
    assert (found["total"], [asset["id"] for asset in found["assets"]]) == (1, [red["id"]])
    assert httpx.get(found["assets"][0]["urls"]["256"]).status_code == 200
    first = content(call("list_assets", sort=["-id"], limit=1))
    assert [asset["id"] for asset in first["assets"]] == [blue["id"]]
    second = content(call("list_assets", sort=["-id"], limit=1, cursor=first["cursor"]))
    assert [asset["id"] for asset in second["assets"]] == [red["id"]]
    assert content(call("get_asset", id=red["id"]))["sha256"] == red["sha256"]
    [seen] = call("view_asset", id=red["id"]).content
    assert isinstance(seen, ImageContent)
    assert seen.mime_type in {"image/jpeg", "image/webp"}
    assert "width" in {field["name"] for field in content(call("list_fields"))["fields"]}


def test_photos_are_changed_and_arranged(
    served: Served, workspace: str, client: httpx.Client, call: Callable[..., CallToolResult]
) -> None:
    asset = upload(client, "green.png", picture((0, 255, 0)))
    changed = content(call("update_asset", id=asset["id"], title="Meadow", add_tags=["grass"]))
    assert (changed["title"], changed["tags"]) == ("Meadow", ["grass"])
    album = content(call("create_album", name="Fields"))
    assert content(call("add_assets_to_album", album_id=album["id"], ids=[asset["id"]]))["added"] == [asset["id"]]
    assert [each["count"] for each in content(call("list_albums"))["albums"]] == [1]
    content(call("remove_assets_from_album", album_id=album["id"], ids=[asset["id"]]))
    content(call("trash_assets", ids=[asset["id"]]))
    assert content(call("search_assets", query="tag:grass"))["total"] == 0
    content(call("restore_assets", ids=[asset["id"]]))
    assert content(call("search_assets", query="tag:grass"))["total"] == 1
    library = served.installation.library(workspace)
    ann = library.people.create(PersonPatch(name="Ann"))
    library.records.faces.add(asset["id"], [NewFace(box=(0, 0, 1, 1), person_id=ann.id)])
    people = content(call("list_people", name="an"))["people"]
    assert [(person["name"], person["photos"]) for person in people] == [("Ann", 1)]


def test_mistakes_are_explained(call: Callable[..., CallToolResult]) -> None:
    wrong = call("search_assets", query="colr:red")
    assert wrong.is_error
    [said] = wrong.content
    assert isinstance(said, TextContent)
    assert 'did you mean "color"' in said.text
    assert call("get_asset", id=10**9).is_error
    assert call("similar_assets", like=[1]).is_error
    assert call("list_assets", limit=0).is_error


def test_a_key_is_needed_and_counts(served: Served, workspace: str) -> None:
    answer = httpx.post(f"{served.origin}/mcp", json={})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    reader = served.key(workspace, Scope.READ)
    refused = ask(served, reader, lambda client: client.call_tool("create_album", {"name": "x"}))
    assert refused.is_error
    stranger = served.key("mcp-stranger")
    found = ask(served, stranger, lambda client: client.call_tool("list_assets", {}))
    assert content(found)["total"] == 0
