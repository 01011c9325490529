"""Everything under one data folder: catalogue, blobs, an index for each workspace, and the readers of media."""

from __future__ import annotations

import logging
import os
import re
import threading
from types import TracebackType
from typing import Self

from fototeca.assets import Workspace
from fototeca.blobs import Blobs
from fototeca.catalog import Catalog
from fototeca.engine import Index
from fototeca.errors import Conflict, InvalidInput, StorageError
from fototeca.ingest import Fetcher, Pipeline
from fototeca.library.enrichment import Enricher, Eyes
from fototeca.library.library import Library
from fototeca.library.models import Models
from fototeca.library.pictures import Views
from fototeca.media import Reader
from fototeca.settings import Settings

DEMO = "demo"
"""The workspace that is made on first use; all others are made by name."""

RESERVED = frozenset(
    {
        "api",
        "api-keys",
        "dataset",
        "healthz",
        "mcp",
        "media",
        "metrics",
        "readyz",
        "search",
        "session",
        "v1",
        "v1_1",
        "web",
    }
)
"""Names with which paths of the server begin: some of its dialects begin theirs with the workspace's name."""

_log = logging.getLogger(__name__)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class Installation:
    """Owns what libraries share. Close it, or use it in a `with` statement."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        settings.data.mkdir(parents=True, exist_ok=True)
        self.catalog = Catalog(settings.database_url)
        self.blobs = Blobs.open(settings.blobs_url)
        self._reader: Reader | None = None
        self._libraries: dict[str, Library] = {}
        self.models = Models(settings.models, settings.data)
        self._eyes = Eyes(self.models)
        self._lock = threading.RLock()

    def workspaces(self) -> list[Workspace]:
        """Return all workspaces, the oldest first."""
        return self.catalog.workspaces.all()

    def create(self, name: str) -> Workspace:
        """Return the workspace of this name, made now if need be.

        Raises:
            InvalidInput: The name has other characters than a-z, 0-9, "-" and "_", is too long, or is reserved.
        """
        if name in RESERVED:
            raise InvalidInput(
                f'"{name}" cannot name a workspace: paths of the server begin with it', field="workspace"
            )
        if not _NAME.fullmatch(name):
            allowed = "1 to 63 of a-z, 0-9, - and _, beginning with a letter or digit"
            raise InvalidInput(f'"{name}" cannot name a workspace; use {allowed}', field="workspace", allowed=allowed)
        try:
            return self.catalog.workspaces.create(name)
        except Conflict:
            return self.catalog.workspaces.get(name)

    def library(self, name: str) -> Library:
        """Return the library of a workspace; the same object for the same name.

        Raises:
            NotFound: There is no such workspace (`demo` is made on first use).
        """
        with self._lock:
            library = self._libraries.get(name)
            if library is None:
                workspace = self.create(DEMO) if name == DEMO else self.catalog.workspaces.get(name)
                library = self._libraries[name] = self._open(workspace)
            return library

    def use_model(self, name: str) -> None:
        """Choose the installed model that is used for its task from now on; `Library.enrich` then looks with it.

        Raises:
            NotFound: No model of this name is installed.
        """
        self.models.use(name)
        self._eyes.look_again()

    def opened(self) -> list[Library]:
        """Return the libraries that are open now."""
        with self._lock:
            return list(self._libraries.values())

    def flush(self) -> None:
        """Write every open index to disk."""
        for library in self.opened():
            library.flush()

    def close(self) -> None:
        """Write what is pending; stop the readers; let go of all files."""
        with self._lock:
            for library in self._libraries.values():
                library.close()
            self._libraries.clear()
            if self._reader is not None:
                self._reader.close()
            self.catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self, workspace: Workspace) -> Library:
        if self._reader is None:
            self._reader = Reader(os.cpu_count() or 1)
        records = self.catalog.records(workspace.id)
        pipeline = Pipeline(records, self.blobs, self._reader)
        fetcher = Fetcher(allow_private=self.settings.allow_private_urls)
        return Library(
            workspace,
            records=records,
            blobs=self.blobs,
            index=self._index(workspace),
            pipeline=pipeline,
            reader=self._reader,
            fetcher=fetcher,
            models=self.models,
            enricher=Enricher(
                workspace.id,
                records=records,
                queue=self.catalog.queue,
                views=Views(self.blobs, self._reader),
                eyes=self._eyes,
            ),
        )

    def _index(self, workspace: Workspace) -> Index:
        """Open the workspace's index; one that is damaged is made anew from the catalogue by the first search."""
        folder = self.settings.data / "index" / str(workspace.id)
        try:
            return Index.open(folder)
        except StorageError as error:
            _log.warning("the index of workspace %s is made anew: %s", workspace.name, error.message)
            return Index.create(folder)
