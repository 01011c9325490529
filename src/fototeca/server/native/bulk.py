"""`/v1/assets/bulk`: one change to many assets."""

from __future__ import annotations

from pydantic import ConfigDict, Field
from starlette.responses import Response

from fototeca.errors import InvalidInput, LimitExceeded
from fototeca.http import Router
from fototeca.library import Library
from fototeca.server.native.answers import Counted, answer
from fototeca.server.native.openapi import returns
from fototeca.server.native.requests import AssetChange, Ids, QueryText, Strict, Tags
from fototeca.server.security import Writer

router = Router(prefix="/v1/assets/bulk", tags=["assets"])

MAX_FOUND = 100_000
"""Assets that one request may change by a query."""
_BATCH = 1_000
"""Assets of one transaction: other writers get their turn in between."""


class BulkChange(Strict):
    """A change to all assets with these ids, or to all that a query finds.

    First what is `set`, then the tags, then the trash.
    """

    model_config = ConfigDict(json_schema_extra={"example": {"query": "camera:pentax", "add_tags": ["old camera"]}})

    ids: Ids | None = None
    query: QueryText | None = None
    set: AssetChange | None = Field(None, description="What is left out stays, `null` clears.")
    add_tags: Tags = ()
    remove_tags: Tags = ()
    trash: bool | None = Field(None, description="true: into the trash, false: out of it.")
    delete: bool = Field(default=False, description="Remove them, and their files, for good.")

    def changes(self) -> dict[str, object]:
        """Return what to change of each asset, by attribute."""
        changes = self.set.given() if self.set else {}
        if self.add_tags:
            changes["add_tags"] = self.add_tags
        if self.remove_tags:
            changes["remove_tags"] = self.remove_tags
        return changes


@router.post("", summary="Change many assets", responses=returns(Counted, {"count": 12}))
def change_many(caller: Writer, body: BulkChange) -> Response:
    """Change many assets at once, by ids or by a query; ids that are not there are left out."""
    if (body.ids is None) == (body.query is None):
        raise InvalidInput('send either "ids" or "query"', field="ids", allowed="ids, query")
    changes = body.changes()
    if not changes and body.trash is None and not body.delete:
        raise InvalidInput("nothing to change", allowed="set, add_tags, remove_tags, trash, delete")
    library = caller.library
    ids = _found(library, body.query) if body.query is not None else body.ids or []
    count = 0
    for start in range(0, len(ids), _BATCH):
        batch = [asset.id for asset in library.load(ids[start : start + _BATCH])]
        _change(library, batch, body, changes)
        count += len(batch)
    return answer(Counted(count))


def _change(library: Library, ids: list[int], body: BulkChange, changes: dict[str, object]) -> None:
    if body.delete:
        library.delete(ids)
        return
    if changes:
        library.update(ids, **changes)
    if body.trash is True:
        library.trash(ids)
    elif body.trash is False:
        library.restore(ids)


def _found(library: Library, query: str) -> list[int]:
    ids = library.ids(query)
    if len(ids) > MAX_FOUND:
        raise LimitExceeded(f"the query finds {len(ids):,} assets; one request changes at most {MAX_FOUND:,}")
    return ids
