"""Our own HTTP API, under `/v1`: one file per resource."""

from fototeca.server.native import (
    albums,
    assets,
    bulk,
    collections,
    duplicates,
    enrichment,
    faces,
    fields,
    folders,
    keys,
    people,
    search,
    searches,
    tags,
    versions,
    workspace,
)

# The order is that of matching: `/v1/assets/bulk` before `/v1/assets/{asset}`.
ROUTERS = (
    search.router,
    searches.router,
    duplicates.router,
    bulk.router,
    assets.router,
    versions.router,
    collections.router,
    folders.router,
    albums.router,
    people.router,
    faces.router,
    tags.router,
    fields.router,
    keys.router,
    workspace.router,
    enrichment.router,
)

__all__ = ("ROUTERS",)
