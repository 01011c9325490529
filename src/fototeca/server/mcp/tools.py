"""The tools: what an assistant may ask of a library, and do to it.

Each is a plain function over a `Library`; assets are known by their numbers, as in our own API.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec
from mcp.server import MCPServer
from mcp.server.mcpserver import Context, Image
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field
from starlette.requests import Request

from fototeca.assets import Asset, Person, Scope
from fototeca.errors import FototecaError, NotFound
from fototeca.http import Caller
from fototeca.library import Found
from fototeca.query import fields
from fototeca.server.native.answers import shown

CALLER = "fototeca.caller"
"""Key under which a request's scope holds who is asking."""
_BRIEF = ("id", "filename", "kind", "width", "height", "title", "description", "tags", "taken", "albums", "urls")
_LOOKING = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_CHANGING = ToolAnnotations(destructive_hint=False, idempotent_hint=True, open_world_hint=False)

Answer = dict[str, Any]
Id = Annotated[int, Field(ge=1, le=2**63 - 1, description="An asset's number")]
Ids = Annotated[list[Id], Field(min_length=1, max_length=200)]
Limit = Annotated[int, Field(ge=1, le=200, description="Assets of one page")]
Query = Annotated[str, Field(max_length=8_192, description='Such as "dog on a beach camera:canon taken:2023"')]
Cursor = Annotated[str | None, Field(description="`cursor` of the page before")]
Name = Annotated[str, Field(min_length=1, max_length=255)]
F = TypeVar("F", bound=Callable[..., Any])


def register(server: MCPServer[Any]) -> None:
    """Add every tool to a server."""
    for tool in _READING:
        server.add_tool(_told(tool), annotations=_LOOKING)
    for tool in _WRITING:
        server.add_tool(_told(tool), annotations=_CHANGING)


# --- looking ------------------------------------------------------------------------------------------------


def search_assets(context: Context[Any, Request], *, query: Query, limit: Limit = 20, cursor: Cursor = None) -> Answer:
    """Find photos and videos by words (matched by meaning and as text) and exact filters, the best first."""
    return _page(_caller(context), _caller(context).library.search(query, limit=limit, cursor=cursor))


def list_assets(
    context: Context[Any, Request],
    *,
    query: Query = "",
    sort: Annotated[list[str], Field(description='Field names, "-taken" for descending', max_length=10)] = ["-moment"],  # noqa: B006 - only read
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Answer:
    """List photos and videos in an order, by default the newest first; a query of filters narrows the list."""
    caller = _caller(context)
    return _page(caller, caller.library.search(query, sort=sort, limit=limit, cursor=cursor))


def similar_assets(
    context: Context[Any, Request],
    *,
    like: Ids,
    unlike: Annotated[list[Id], Field(max_length=200)] = [],  # noqa: B006 - only read
    query: Query = "",
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Answer:
    """Find what looks like some photos, and unlike others; a query narrows it."""
    caller = _caller(context)
    found = caller.library.search(query, like=like, unlike=unlike, limit=limit, cursor=cursor)
    return _page(caller, found)


def get_asset(context: Context[Any, Request], *, id: Id) -> Answer:  # noqa: A002 - named as in the record
    """Return all that is known of one photo or video."""
    caller = _caller(context)
    return _plain(shown(caller, caller.library.get(id)))


def view_asset(context: Context[Any, Request], *, id: Id) -> Image:  # noqa: A002 - named as in the record
    """Look at a photo, or at a still of a video."""
    library = _caller(context).library
    file = library.file(library.get(id), "1440")
    if file is None:
        raise NotFound(f"asset {id} has no picture")
    return Image(data=b"".join(file.read(0, file.size)), format=file.mime.removeprefix("image/"))


def list_people(context: Context[Any, Request], *, name: str = "") -> Answer:
    """List people who have a name, those in most photos first; `name` is a part of theirs."""
    people = [person for person in _caller(context).library.people.all() if person.name and not person.hidden]
    found = [person for person in people if name.casefold() in (person.name or "").casefold()]
    return {"people": [_person(person) for person in sorted(found, key=lambda person: -(person.count or 0))]}


def list_albums(context: Context[Any, Request]) -> Answer:
    """List albums with the numbers of photos in them."""
    return {"albums": [_plain(msgspec.structs.asdict(album)) for album in _caller(context).library.albums.all()]}


def list_fields() -> Answer:
    """List the fields that a query can name, as field:value, field>=value or has:field."""
    return {"fields": [{"name": known.name, "type": str(known.type), "doc": known.doc} for known in fields.FIELDS]}


# --- changing -----------------------------------------------------------------------------------------------


def update_asset(
    context: Context[Any, Request],
    *,
    id: Id,  # noqa: A002 - named as in the record
    title: Annotated[str | None, Field(max_length=20_000)] = None,
    description: Annotated[str | None, Field(max_length=20_000)] = None,
    rating: Annotated[int | None, Field(ge=0, le=5)] = None,
    favorite: bool | None = None,
    add_tags: Annotated[list[Name], Field(max_length=200)] = [],  # noqa: B006 - only read
    remove_tags: Annotated[list[Name], Field(max_length=200)] = [],  # noqa: B006 - only read
) -> Answer:
    """Change what is said of one photo; what is left out stays."""
    caller = _caller(context, Scope.WRITE)
    said = {"title": title, "description": description, "rating": rating, "favorite": favorite}
    changes: Answer = {name: value for name, value in said.items() if value is not None}
    changes |= {"add_tags": tuple(add_tags)} if add_tags else {}
    changes |= {"remove_tags": tuple(remove_tags)} if remove_tags else {}
    asset = caller.library.get(id)
    caller.library.update([asset.id], **changes)
    return _brief(caller, caller.library.get(asset.id))


def create_album(
    context: Context[Any, Request], *, name: Name, description: Annotated[str | None, Field(max_length=20_000)] = None
) -> Answer:
    """Make an empty album."""
    return _plain(msgspec.structs.asdict(_caller(context, Scope.WRITE).library.albums.create(name, description)))


def add_assets_to_album(context: Context[Any, Request], *, album_id: Id, ids: Ids) -> Answer:
    """Put photos into an album; returns those that are new to it."""
    return {"added": _caller(context, Scope.WRITE).library.albums.add(album_id, ids)}


def remove_assets_from_album(context: Context[Any, Request], *, album_id: Id, ids: Ids) -> Answer:
    """Take photos out of an album; returns those that were in it."""
    return {"removed": _caller(context, Scope.WRITE).library.albums.remove(album_id, ids)}


def trash_assets(context: Context[Any, Request], *, ids: Ids) -> Answer:
    """Put photos into the trash; nothing is lost."""
    _caller(context, Scope.WRITE).library.trash(ids)
    return {}


def restore_assets(context: Context[Any, Request], *, ids: Ids) -> Answer:
    """Take photos out of the trash."""
    _caller(context, Scope.WRITE).library.restore(ids)
    return {}


_READING: tuple[Callable[..., Any], ...] = (
    search_assets,
    list_assets,
    similar_assets,
    get_asset,
    view_asset,
    list_people,
    list_albums,
    list_fields,
)
_WRITING: tuple[Callable[..., Any], ...] = (
    update_asset,
    create_album,
    add_assets_to_album,
    remove_assets_from_album,
    trash_assets,
    restore_assets,
)


def _caller(context: Context[Any, Request], scope: Scope = Scope.READ) -> Caller:
    request = context.request_context.request
    assert request is not None  # noqa: S101 - over HTTP there always is one; tells the type checker
    caller: Caller = request.scope[CALLER]
    caller.principal.require(scope)
    return caller


def _told(tool: F) -> F:
    """Tell an assistant what went wrong in the error's own words, so that it can try better."""

    @functools.wraps(tool)
    def call(*positional: Any, **named: Any) -> Any:
        try:
            return tool(*positional, **named)
        except FototecaError as error:
            raise ToolError(error.message) from error

    return call  # type: ignore[return-value]


def _page(caller: Caller, found: Found) -> Answer:
    assets = [_brief(caller, hit.asset) | {"relevance": hit.relevance} for hit in found]
    return {"total": found.total, "assets": assets, "cursor": found.cursor}


def _brief(caller: Caller, asset: Asset) -> Answer:
    return _plain(shown(caller, asset, _BRIEF))


def _person(person: Person) -> Answer:
    return _plain({"id": person.id, "name": person.name, "photos": person.count, "birth_date": person.birth_date})


def _plain(value: Answer) -> Answer:
    """Return a record as JSON has it."""
    plain: Answer = msgspec.to_builtins(value)
    return plain
