"""Checks that a workspace's catalogue, blobs and index agree; makes the index anew where they do not."""

from __future__ import annotations

from dataclasses import dataclass

from fototeca.errors import StorageError
from fototeca.library.library import Library
from fototeca.query import Exists, Query

_NAMED = 5
"""Ids that a finding names; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    workspace: str
    check: str
    ok: bool
    detail: str


def examine(library: Library, *, repair: bool = False) -> list[Finding]:
    """Check one workspace.

    Args:
        library: The workspace's library.
        repair: Make the index anew from the catalogue where it is damaged or disagrees.

    Returns:
        One finding for each check, after the repair if there was one.
    """
    index = [_index_files(library), _index_content(library)]
    if repair and not all(finding.ok for finding in index):
        count = library.rebuild()
        index = [_index_files(library), _index_content(library)]
        index.append(Finding(library.workspace.name, "repair", ok=True, detail=f"indexed {count} assets anew"))
    return [*index, _originals(library)]


def _index_files(library: Library) -> Finding:
    try:
        library.index.verify()
    except StorageError as error:
        return Finding(library.workspace.name, "index files", ok=False, detail=error.message)
    return Finding(library.workspace.name, "index files", ok=True, detail="checksums agree")


def _index_content(library: Library) -> Finding:
    indexed = set(library.ids(Query(Exists("status"))))  # every asset has one, and naming it lets the trash in
    stored = set(library.records.assets.originals())
    missing, stale = sorted(stored - indexed), sorted(indexed - stored)
    detail = f"{len(stored)} assets"
    if missing:
        detail += f"; {len(missing)} not indexed: {missing[:_NAMED]}"
    if stale:
        detail += f"; {len(stale)} indexed but gone: {stale[:_NAMED]}"
    return Finding(library.workspace.name, "index content", ok=not (missing or stale), detail=detail)


def _originals(library: Library) -> Finding:
    originals = library.records.versions.originals()
    lost = sorted({asset_id for asset_id, sha256 in originals if not library.has_original(sha256)})
    detail = f"{len(originals)} originals" + (f"; {len(lost)} lost: {lost[:_NAMED]}" if lost else "")
    return Finding(library.workspace.name, "originals", ok=not lost, detail=detail)
