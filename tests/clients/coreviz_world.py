"""A workspace for the tests of CoreViz's API: nested folders, tagged files of several days, a video."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from fototeca.assets import Kind, NewAsset
from fototeca.catalog import columns
from fototeca.library import Library
from tests.server.conftest import Served

SDK = {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": "node"}
"""What the SDK sends with every request but uploads."""


@dataclass
class World:
    """What there is: ids by the names of files, folders and collections."""

    served: Served
    workspace: str
    key: str
    library: Library
    client: httpx.Client
    organization: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    def browse(self, collection: str = "Products", **parameters: Any) -> dict[str, Any]:
        """Browse a collection."""
        answer = self.client.get(f"/api/dataset/{self.ids[collection]}/media", params=parameters)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        assert "error" not in body
        return body

    def names(self, collection: str = "Products", **parameters: Any) -> list[str]:
        """The names of what browsing finds, in order."""
        return [item["name"] for item in self.browse(collection, **{"limit": 100, **parameters})["media"]]

    def add(self, name: str, *, at: datetime | None = None, **given: Any) -> int:
        """Record a file without bytes."""
        values: dict[str, Any] = {"format": "jpg", "mime": "image/jpeg", "bytes": 100, "width": 64, "height": 48}
        sha256 = hashlib.sha256(f"{self.workspace}/{name}/{len(self.numbers)}".encode()).hexdigest()
        collection = given.pop("collection", None)
        with frozen(at):
            [added] = self.library.records.assets.add([NewAsset(sha256=sha256, filename=name, **(values | given))])
        if collection is not None:
            self.library.collections.put(collection, [added.id])
        self.ids[name], self.numbers[name] = added.uuid, added.id
        return added.id

    def folder(self, name: str, parent: str = "", collection: str = "Products", **given: Any) -> str:
        """Make a folder over HTTP."""
        path = self.paths[parent] if parent else self.ids[collection]
        body = {"datasetId": self.ids[collection], "name": name, "path": path, **given}
        answer = self.client.post("/api/folder", json=body)
        assert answer.status_code == 200, answer.text
        found = answer.json()["folder"]
        self.ids[name], self.paths[name] = found["id"], found["path"]
        return str(found["id"])


@contextmanager
def frozen(at: datetime | None) -> Iterator[None]:
    """The catalogue's clock stands still."""
    if at is None:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "now", lambda: at)
        yield


def day(number: int, hour: int = 12) -> datetime:
    """A day of May 2026."""
    return datetime(2026, 5, number, hour, tzinfo=UTC)


@contextmanager
def empty(served: Served, workspace: str) -> Iterator[World]:
    """A workspace with a collection "Products" and nothing in it."""
    key = served.key(workspace)
    with httpx.Client(base_url=served.origin, headers={"x-api-key": key, **SDK}, timeout=30) as client:
        world = World(served, workspace, key, served.installation.library(workspace), client)
        world.organization = client.get("/api/me").json()["organizationId"]
        made = client.post(f"/api/organization/{world.organization}/datasets", json={"name": "Products"})
        world.ids["Products"] = made.json()["id"]
        world.ids["Library"] = client.get(f"/api/organization/{world.organization}/datasets").json()[0]["id"]
        yield world


@contextmanager
def filled(served: Served, workspace: str) -> Iterator[World]:
    """The same with folders and files in it."""
    with empty(served, workspace) as world:
        with frozen(day(3)):
            world.folder("Shoes")
        with frozen(day(5)):
            world.folder("Left", "Shoes")
        with frozen(day(7)):
            world.folder("Empty")
        here = world.library.collections.get(world.ids["Products"]).id
        common: dict[str, Any] = {"collection": here}
        world.add("root.jpg", at=day(2), tags=("color:red",), folder="products", **common)
        world.add("Alpha.jpg", at=day(4), description="zebra", metadata={"prompt": "b"}, folder="products", **common)
        world.add("red shoe.jpg", at=day(6), tags=("color:red", "size:9"), folder="products/Shoes", **common)
        world.add("blue shoe.jpg", at=day(8), tags=("color:blue", "sale"), folder="products/Shoes", **common)
        world.add(
            "left.jpg",
            at=day(9),
            tags=("color:green", "size:9"),
            description="ant",
            folder="products/Shoes/Left",
            **common,
        )
        world.add("clip.mp4", at=day(10), kind=Kind.VIDEO, duration=9.5, folder="products/Shoes", **common)
        world.add("elsewhere.jpg", at=day(1), folder="other/place", **common)
        world.add("nobody's.jpg", at=day(1), folder="other")
        yield world
