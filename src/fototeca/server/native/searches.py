"""`/v1/searches`: saved searches, which show what they find now: albums that fill themselves."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import ConfigDict
from starlette.responses import Response

from fototeca.assets import Entry
from fototeca.http import Router
from fototeca.query import parse
from fototeca.server.native.answers import answer, nothing
from fototeca.server.native.openapi import returns
from fototeca.server.native.requests import Name, QueryText, Strict
from fototeca.server.security import Reader, Writer

router = Router(prefix="/v1/searches", tags=["search"])

KIND = "search"
_EXAMPLE = {"name": "Cats this year", "query": "tag:cat taken:2026"}

_Name = Annotated[str, Path(min_length=1, max_length=255, description="The name of a saved search.")]


class SavedSearch(Strict):
    """What a saved search asks."""

    model_config = ConfigDict(json_schema_extra={"example": {"query": "tag:cat taken:2026"}})

    query: QueryText


class NewSearch(SavedSearch):
    """A search to be saved."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Cats this year", "query": "tag:cat taken:2026"}})

    name: Name


@router.get("", summary="List saved searches", responses=returns(None, {"searches": [_EXAMPLE]}))
def list_searches(caller: Reader) -> Response:
    """Return every saved search, the oldest first."""
    return answer({"searches": [_shown(entry) for entry in caller.library.entries.all(KIND)]})


@router.post("", summary="Save a search", status_code=201, responses=returns(None, _EXAMPLE, status=201))
def save_search(caller: Writer, body: NewSearch) -> Response:
    """Save a search under a name that is not taken yet."""
    parse(body.query)
    return answer(_shown(caller.library.entries.create(KIND, body.name, {"query": body.query})), 201)


@router.put("/{name:path}", summary="Change a saved search", responses=returns(None, _EXAMPLE))
def change_search(caller: Writer, name: _Name, body: SavedSearch) -> Response:
    """Let a saved search ask something else; a new name makes a new one."""
    parse(body.query)
    return answer(_shown(caller.library.entries.put(KIND, name, {"query": body.query})))


@router.delete("/{name:path}", summary="Remove a saved search", status_code=204)
def delete_search(caller: Writer, name: _Name) -> Response:
    """Remove a saved search; what it finds stays."""
    caller.library.entries.delete(KIND, name)
    return nothing()


def _shown(entry: Entry) -> dict[str, str]:
    return {"name": entry.key, "query": entry.value["query"]}
