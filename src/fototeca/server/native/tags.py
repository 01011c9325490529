"""`/v1/tags`: the tags in use, and changes to one of them on all assets at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import ConfigDict, Field
from starlette.responses import Response

from fototeca.http import Router
from fototeca.library import Library
from fototeca.query import And, Exists, Facet, How, Match, Query
from fototeca.server.native.answers import Counted, answer
from fototeca.server.native.openapi import returns
from fototeca.server.native.requests import QueryText, Strict, Tag
from fototeca.server.native.search import facet_answer
from fototeca.server.security import Reader, Writer

router = Router(prefix="/v1/tags", tags=["tags"])

_EXAMPLE = {"tags": [{"value": "animal", "count": 12}, {"value": "space", "count": 4}]}
_BATCH = 1_000
"""Assets of one transaction."""

_Name = Annotated[str, Path(min_length=1, max_length=255, description="The tag, letter by letter.")]


class Renaming(Strict):
    """A tag's new name; where an asset has both, they become one."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "animals"}})

    name: Tag


@router.get("", summary="List tags", responses=returns(None, _EXAMPLE))
def list_tags(caller: Reader, q: QueryText = "", limit: Annotated[int, Field(ge=1, le=10_000)] = 1_000) -> Response:
    """Return the tags of what a question finds, by default of everything; the most frequent first.

    Keywords written into the files count as tags.
    """
    found = caller.library.search(q, facets=[Facet("tag", limit)], limit=0)
    return answer({"tags": facet_answer(found.facets["tag"]).values})


@router.patch("/{tag:path}", summary="Rename a tag", responses=returns(Counted, {"count": 12}))
def rename_tag(caller: Writer, tag: _Name, body: Renaming) -> Response:
    """Rename a tag on all assets, those in the trash included; keywords written into files stay."""
    if body.name == tag:
        return answer(Counted(0))
    return answer(Counted(_update_all(caller.library, tag, add_tags=(body.name,), remove_tags=(tag,))))


@router.delete("/{tag:path}", summary="Remove a tag", responses=returns(Counted, {"count": 12}))
def remove_tag(caller: Writer, tag: _Name) -> Response:
    """Remove a tag from all assets, those in the trash included; keywords written into files stay."""
    return answer(Counted(_update_all(caller.library, tag, remove_tags=(tag,))))


def _update_all(library: Library, tag: str, **changes: tuple[str, ...]) -> int:
    # Naming the status is what makes a search look into the trash.
    ids = library.ids(Query(And((Match("tag", tag, How.EXACT), Exists("status")))))
    tagged = [asset.id for asset in library.load(ids) if tag in asset.tags]
    for start in range(0, len(tagged), _BATCH):
        library.update(tagged[start : start + _BATCH], **changes)
    return len(tagged)
