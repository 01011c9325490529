"""How fast the catalogue answers at a million assets: loading a page, reading the head of the change log, adding."""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from fototeca.assets import Camera, Colour, Facts, Gps, NewAsset, Quality
from fototeca.catalog import Catalog
from fototeca.catalog.loading import Children

PAGE = 50
EVERY = 10
"""One asset in so many has children."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=int, default=1_000_000)
    count = parser.parse_args().assets
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalog.sqlite"
        catalog = Catalog(f"sqlite:///{path}")
        workspace = catalog.workspaces.create("bench").id
        started = time.perf_counter()
        fill(path, workspace, count)
        print(f"filled {count:,} assets, {path.stat().st_size / 1e9:.1f} GB, in {time.perf_counter() - started:.0f} s")
        measure(catalog, workspace, count)
        catalog.close()


def measure(catalog: Catalog, workspace: int, count: int) -> None:
    draw = random.Random(1)

    def page(*, children: bool) -> Callable[[], Any]:
        def load() -> Any:
            ids = [draw.randrange(count // EVERY) * EVERY + (EVERY if children else 1) for _ in range(PAGE)]
            return catalog.records(workspace).assets.load(ids)

        return load

    report(f"load {PAGE}, no children", page(children=False), 400)
    report(f"load {PAGE}, 11 children each", page(children=True), 400)
    report("head", catalog.records(workspace).changes.head, 2000)
    batches = iter(range(count + 1, count + 10**9, 100))
    report("add 100", lambda: catalog.records(workspace).assets.add([new(next(batches) + n) for n in range(100)]), 50)
    report("add 1", lambda: catalog.records(workspace).assets.add([new(next(batches))]), 100)
    report("since, 1000 entries", lambda: catalog.records(workspace).changes.since(0, 1000), 50)


def report(name: str, call: Callable[[], Any], times: int) -> None:
    for _ in range(times // 10):
        call()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1000)
    taken.sort()
    print(f"{name:32} median {statistics.median(taken):8.3f} ms   p95 {taken[int(times * 0.95)]:8.3f} ms")


def facts(number: int) -> Facts:
    tags: dict[str, Any] = {f"EXIF:Tag{n}": f"value {number % 97} of {n}" for n in range(30)}
    return Facts(
        md5=f"{number:032x}",
        sha1=f"{number:040x}",
        phash=f"{number:016x}",
        thumbhash="1QcSHQRnh493V4dIh4eXh1h4kJUI",
        mode="RGB",
        colors=tuple(Colour(name="teal", hex="#008080", share=0.2) for _ in range(5)),
        quality=Quality(sharpness=0.5, brightness=0.4, contrast=0.3, exposure=0.6),
        camera=Camera(make="Canon", model="EOS 5D", lens="EF 24-70", exposure_time=0.01, f_number=4.0, iso=100),
        gps=Gps(latitude=48.2, longitude=16.3),
        tags=tags,
    )


def new(number: int) -> NewAsset:
    return NewAsset(
        sha256=f"{number:064x}",
        filename=f"IMG_{number}.jpg",
        format="jpg",
        mime="image/jpeg",
        bytes=3_000_000,
        width=4000,
        height=3000,
        tags=("holiday", "beach"),
        metadata={"site": "north", "temperature": 21.5},
        facts=facts(number),
    )


def fill(path: Path, workspace: int, count: int) -> None:
    """Write rows without the catalogue, which would take its time to make each batch durable."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    at = time.time_ns() // 1000
    connection.execute("INSERT INTO folders VALUES (1, ?, ?, NULL, 'photos', ?, ?)", (f"{0:032x}", workspace, at, at))
    connection.execute(
        "INSERT INTO collections (id, uuid, workspace_id, name, slug, settings, created, updated)"
        " VALUES (1, ?, ?, 'Birds', 'birds', '{}', ?, ?)",
        (f"{0:032x}", workspace, at, at),
    )
    connection.execute(
        "INSERT INTO albums (id, uuid, workspace_id, name, created, updated) VALUES (1, ?, ?, 'Best', ?, ?)",
        (f"{0:032x}", workspace, at, at),
    )
    connection.execute(
        "INSERT INTO people (id, uuid, workspace_id, name, hidden, favorite, created, updated)"
        " VALUES (1, ?, ?, 'Ann', 0, 0, ?, ?)",
        (f"{0:032x}", workspace, at, at),
    )
    insert(connection, "assets", asset_rows(workspace, count, at))
    owners = range(EVERY, count + 1, EVERY)
    insert(connection, "memberships", ((1, id_, "train", 0, None, "completed", 1) for id_ in owners))
    insert(connection, "album_assets", ((1, id_) for id_ in owners))
    box = (0.1, 0.1, 0.5, 0.5)
    three = [id_ for id_ in owners for _ in range(3)]
    insert(connection, "annotations", ((None, id_, 1, "bird", "bbox", *box, None, "user", 1.0, at) for id_ in three))
    insert(connection, "objects", ((None, id_, None, "bird", *box, 0.9) for id_ in three))
    rows = ((None, f"{n:032x}", workspace, id_, None, 1, *box, 0.9, 0.8, "m", at, at) for n, id_ in enumerate(three))
    insert(connection, "faces", rows)
    connection.execute("UPDATE workspaces SET sequence = ? WHERE id = ?", (count, workspace))
    changes = ((workspace, n, "asset", n, "created", at, "{}") for n in range(1, count + 1))
    insert(connection, "changes", changes)
    connection.close()


def asset_rows(workspace: int, count: int, at: int) -> Iterator[tuple[Any, ...]]:
    bits = int(sum(Children))
    for id_ in range(1, count + 1):
        asset = new(id_)
        head = (id_, f"{id_:032x}", workspace, f"{id_:064x}", asset.filename, "image", "active", "jpg", asset.mime)
        size = (asset.bytes, asset.width, asset.height, None, 1)
        said = (None, None, None, 0, '["holiday","beach"]', '{"site":"north","temperature":21.5}')
        times = (at, 3600, at, at, None)
        if id_ % 1000 == 1:
            facts_json = msgspec.json.encode(asset.facts).decode()
        yield (*head, *size, *said, *times, None, None, None, 1, bits * (id_ % EVERY == 0), facts_json, None)


def insert(connection: sqlite3.Connection, table: str, rows: Iterator[tuple[Any, ...]]) -> None:
    while batch := list(islice(rows, 10_000)):
        marks = ", ".join("?" * len(batch[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", batch)
        connection.commit()


if __name__ == "__main__":
    main()
