"""Collections: list, make, name, browse and search."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.responses import Response

from fototeca.catalog import CollectionPatch
from fototeca.dialects.coreviz import render, tags
from fototeca.dialects.coreviz.browsing import browse
from fototeca.dialects.coreviz.errors import refuse
from fototeca.dialects.coreviz.ids import normalised, organization_id
from fototeca.dialects.coreviz.places import of_collection, place, places
from fototeca.dialects.coreviz.query import all_tags, listing
from fototeca.dialects.coreviz.requests import Body, Parameters, Reader, Writer, optional_text, text
from fototeca.dialects.coreviz.tree import Tree
from fototeca.errors import Forbidden, InvalidInput
from fototeca.http import Caller, Router, answering

router = Router(route_class=answering(refuse), include_in_schema=False)


def check_organization(caller: Caller, id_: str) -> None:
    """Check that an organization is the caller's.

    Raises:
        Forbidden: It is another one.
    """
    workspace = caller.library.workspace.name
    if id_ != workspace and normalised(id_) != organization_id(workspace):
        raise Forbidden("Forbidden: the credential does not open this organization")


@router.get("/api/organization/{organization}/datasets")
def list_collections(caller: Reader, organization: str) -> Response:
    """Return every collection, the Library first."""
    check_organization(caller, organization)
    return render.answer([render.collection(caller, each) for each in places(caller.library)])


@router.post("/api/organization/{organization}/datasets")
def create_collection(caller: Writer, organization: str, body: Body) -> Response:
    """Make a collection."""
    check_organization(caller, organization)
    name, icon = text(body, "name"), optional_text(body, "icon")
    settings = {} if icon is None else {"icon": icon}
    return render.answer(
        render.collection(caller, of_collection(caller.library.collections.create(name, settings=settings)))
    )


@router.get("/api/dataset/{collection}")
def get_collection(caller: Reader, collection: str) -> Response:
    """Return a collection."""
    return render.answer({"dataset": render.collection(caller, place(caller.library, collection))})


@router.patch("/api/dataset/{collection}")
def update_collection(caller: Writer, collection: str, body: Body) -> Response:
    """Change a collection's name or icon."""
    here = place(caller.library, collection)
    given: dict[str, Any] = {}
    if "name" in body:
        given["name"] = text(body, "name")
    if here.collection is None:
        raise Forbidden("the Library holds everything and cannot be changed")
    if "icon" in body:
        given["settings"] = here.collection.settings | {"icon": optional_text(body, "icon")}
    if not given:
        raise InvalidInput("give a name or an icon", field="name")
    updated = caller.library.collections.update(here.collection.id, CollectionPatch(**given))
    return render.answer({"dataset": render.collection(caller, of_collection(updated))})


@router.get("/api/dataset/{collection}/tags")
def list_tags(caller: Reader, collection: str) -> Response:
    """Return every group of tags in a collection, with its values in alphabetical order."""
    groups = tags.grouped(all_tags(caller.library, place(caller.library, collection)))
    return render.answer({"tags": {group: sorted(groups[group]) for group in sorted(groups)}})


@router.get("/api/dataset/{collection}/media")
def browse_media(request: Request, caller: Reader, collection: str) -> Response:
    """Browse a collection, or search in it."""
    here = place(caller.library, collection)
    asked = listing(caller.library, here, Parameters(request))
    tree = Tree.of(caller.library)
    found = browse(caller.library, asked, tree)
    sheet = render.Sheet(caller, here, found.items, tree)
    media = [sheet.item(item) for item in found.items]
    if found.scores is not None:
        for item, shown in zip(found.items, media, strict=True):
            shown |= {"_score": found.scores[item.id], "_matchingFrames": []}
    page = {
        "total": found.total,
        "limit": asked.limit,
        "offset": asked.offset,
        "hasMore": asked.offset + len(media) < found.total,
    }
    return render.answer({"media": media, "pagination": page})
