"""Where batches and images are that belong to no project: a collection of their own, which is no project here."""

from __future__ import annotations

from fototeca.assets import Asset, Batch, Collection, Membership
from fototeca.errors import Conflict, NotFound
from fototeca.library import Library

SLUG = "acusight-unassigned"
NAME = "Unassigned"
TYPE = "inbox"


def find(library: Library) -> Collection | None:
    """Return the collection of what is unassigned, if there is one yet."""
    try:
        return library.collections.get(SLUG, counted=False)
    except NotFound:
        return None


def ensure(library: Library) -> Collection:
    """Return the collection of what is unassigned, made now if need be."""
    try:
        return find(library) or library.collections.create(NAME, slug=SLUG, type=TYPE)
    except Conflict:  # made by somebody else just now
        return library.collections.get(SLUG, counted=False)


def projects(library: Library, *, counted: bool = False) -> list[Collection]:
    """Return the collections that are projects."""
    return [c for c in library.collections.all(counted=counted) if c.trashed is None and c.slug != SLUG]


def project(library: Library, id_: int) -> Collection:
    """Return a project.

    Raises:
        NotFound: There is none of this id.
    """
    try:
        found = library.collections.get(id_)
    except NotFound:
        found = None
    if found is None or found.trashed is not None or found.slug == SLUG:
        raise NotFound(f"there is no project {id_}")
    return found


def project_of(library: Library, batch: Batch) -> Collection | None:
    """Return the project that a batch is assigned to."""
    if batch.collection_id is None:
        return None
    found = library.collections.get(batch.collection_id, counted=False)
    return None if found.slug == SLUG else found


def chief(asset: Asset, inbox: Collection | None) -> Membership | None:
    """Return the membership that an image is shown with: that of its first project, else that of what is unassigned."""
    ordered = sorted(asset.memberships, key=lambda m: inbox is not None and m.collection_id == inbox.id)
    return ordered[0] if ordered else None


def to_chief(library: Library, asset: Asset) -> Membership:
    """Return the membership that an image is shown with, made now if it has none."""
    found = chief(asset, find(library))
    if found is not None:
        return found
    library.collections.put(ensure(library).id, [asset.id])
    return library.get(asset.id).memberships[0]
