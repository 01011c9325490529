"""The catalogue: the system of record. Everything else can be built again from it and the blobs."""

from __future__ import annotations

from fototeca.assets import Entry, Key
from fototeca.catalog import schema
from fototeca.catalog.albums import Albums
from fototeca.catalog.annotations import Annotations
from fototeca.catalog.assets import Added, Assets, Deleted, Look
from fototeca.catalog.batches import Batches
from fototeca.catalog.changes import Changes
from fototeca.catalog.collections import Collections
from fototeca.catalog.database import Database
from fototeca.catalog.devices import Devices
from fototeca.catalog.embeddings import Embeddings, Space, Spaces
from fototeca.catalog.enrichments import Enrichments, Wanted
from fototeca.catalog.entries import Entries, find_entry
from fototeca.catalog.faces import Faces
from fototeca.catalog.folders import Folders
from fototeca.catalog.inputs import (
    AlbumPatch,
    AssetPatch,
    BatchPatch,
    CollectionPatch,
    DevicePatch,
    Findings,
    MembershipPatch,
    MetadataFieldPatch,
    NewAnnotation,
    NewFace,
    NewFrame,
    NewObject,
    PersonPatch,
)
from fototeca.catalog.jobs import Jobs, Queue
from fototeca.catalog.keys import Keys, find_key
from fototeca.catalog.metadata_fields import MetadataFields
from fototeca.catalog.people import People
from fototeca.catalog.regions import Frames, Objects
from fototeca.catalog.versions import Versions
from fototeca.catalog.words import ReadWords
from fototeca.catalog.workspaces import Workspaces

__all__ = (
    "Added",
    "AlbumPatch",
    "AssetPatch",
    "BatchPatch",
    "Catalog",
    "CollectionPatch",
    "Deleted",
    "DevicePatch",
    "Findings",
    "Look",
    "MembershipPatch",
    "MetadataFieldPatch",
    "NewAnnotation",
    "NewFace",
    "NewFrame",
    "NewObject",
    "PersonPatch",
    "Records",
    "Space",
    "Wanted",
)


class Catalog:
    """All that is recorded. It may be used from many threads, and opened by many processes.

    Opening one makes or upgrades its tables.

    Args:
        url: `sqlite:///path`, or `postgresql://user:password@host/name`.

    Raises:
        InvalidInput: The URL is of no database that is known here.
        StorageError: The database cannot be reached, or a newer version of Fototeca wrote it.
    """

    def __init__(self, url: str) -> None:
        database = Database(url)
        try:
            schema.upgrade(database)
        except BaseException:
            database.close()
            raise
        self._database = database
        self.workspaces = Workspaces(database)
        self.queue = Queue(database)

    def records(self, workspace_id: int) -> Records:
        """What belongs to one workspace; what belongs to another one is not found through it."""
        return Records(self._database, workspace_id)

    def find_key(self, digest: str) -> Key | None:
        """The key with this SHA-256 digest, whatever its workspace, also if it is revoked or expired."""
        return find_key(self._database, digest)

    def find_entry(self, kind: str, key: str) -> Entry | None:
        """The entry of this kind and key in whichever workspace, for keys that nobody can guess."""
        return find_entry(self._database, kind, key)

    def close(self) -> None:
        """Close the connections. The catalogue cannot be used after that."""
        self._database.close()


class Records:
    """All that is recorded of one workspace, by concept."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self.changes = Changes(database, workspace_id)
        self.keys = Keys(database, workspace_id)
        self.assets = Assets(database, workspace_id)
        self.versions = Versions(database, workspace_id)
        self.folders = Folders(database, workspace_id)
        self.collections = Collections(database, workspace_id)
        self.batches = Batches(database, workspace_id)
        self.albums = Albums(database, workspace_id)
        self.annotations = Annotations(database, workspace_id)
        self.frames = Frames(database, workspace_id)
        self.objects = Objects(database, workspace_id)
        self.people = People(database, workspace_id)
        self.faces = Faces(database, workspace_id)
        self.spaces = Spaces(database, workspace_id)
        self.embeddings = Embeddings(database, workspace_id)
        self.words = ReadWords(database, workspace_id)
        self.enrichments = Enrichments(database, workspace_id)
        self.metadata_fields = MetadataFields(database, workspace_id)
        self.devices = Devices(database, workspace_id)
        self.jobs = Jobs(database, workspace_id)
        self.entries = Entries(database, workspace_id)
