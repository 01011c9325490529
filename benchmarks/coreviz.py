"""Browsing a CoreViz collection of 20,000 files in a tree six deep, over real HTTP. `python -m benchmarks.coreviz`

Files have no bytes: browsing reads records and the index only.
"""

from __future__ import annotations

import hashlib
import os
import random
import statistics
import tempfile
from itertools import product
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.server import ask, serving
from fototeca.assets import NewAsset
from fototeca.library import Installation
from fototeca.settings import Settings

FILES = 20_000
DEPTH, WIDTH = 6, 3
REQUESTS = 200
TAGS = ("color:red", "color:blue", "color:green", "size:s", "size:m", "size:l")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        collection, top, deepest = _fill(data)
        root = {"limit": 50, "offset": 0}
        questions: dict[str, dict[str, str | int]] = {
            "root, as the CLI asks": {**root},
            "root, bare call": {},
            "a folder with folders": {**root, "path": top},
            "the deepest folder": {**root, "path": deepest},
            "recursive, files and folders": {**root, "recursive": "true"},
            "recursive, deep offset": {"limit": 50, "offset": 15_000, "recursive": "true", "sortBy": "name"},
            "recursive, images only": {**root, "recursive": "true", "type": "image"},
            "recursive, tag filters": {**root, "recursive": "true", "tagFilters": '{"color":["red"],"size":["m"]}'},
            "folders only, 50 of all": {**root, "recursive": "true", "type": "folder"},
            "words": {**root, "q": "photo 77"},
        }
        with serving(data) as (port, key):
            print(f"{'GET …/media':32}{'p50 ms':>9}{'p95 ms':>9}")
            for name, parameters in questions.items():
                path = f"/api/dataset/{collection}/media?{urlencode(parameters)}"
                ask(port, key, path, REQUESTS // 10)
                cuts = statistics.quantiles(ask(port, key, path, REQUESTS), n=100)
                print(f"{name:32}{cuts[49] * 1000:9.2f}{cuts[94] * 1000:9.2f}")


def _fill(data: Path) -> tuple[str, str, str]:
    """Record the files; return the collection, and the paths of a folder of the first and of the last level."""
    chance = random.Random(1)
    with Installation(Settings.from_environment(data, {})) as installation:
        library = installation.library("demo")
        here = library.collections.create("Products")
        levels = [f"{level}{name}" for level, name in product(range(1, DEPTH + 1), "abc"[:WIDTH])]
        folders = [""]
        for level in range(DEPTH):
            names = levels[level * WIDTH : (level + 1) * WIDTH]
            folders += [f"{f}/{n}".strip("/") for f in folders if f.count("/") + bool(f) == level for n in names]
        new = [
            NewAsset(
                sha256=hashlib.sha256(str(number).encode()).hexdigest(),
                filename=f"photo {number}.jpg",
                format="jpg",
                mime="image/jpeg",
                bytes=number,
                width=640,
                height=480,
                folder=f"products/{chance.choice(folders)}".strip("/"),
                tags=tuple(chance.sample(TAGS, 2)),
            )
            for number in range(FILES)
        ]
        for start in range(0, FILES, 2_000):
            added = library.records.assets.add(new[start : start + 2_000])
            library.collections.put(here.id, [asset.id for asset in added])
        library.flush()
        top = library.folders.get(f"products/{levels[0]}")
        chain = [library.folders.get(f"products/{'/'.join(levels[::WIDTH][:depth])}") for depth in range(1, DEPTH + 1)]
        print(f"{FILES:,} files in {len(folders):,} folders, {DEPTH} deep, {os.cpu_count()} cores")
        deepest = ".".join([here.uuid, *(folder.uuid for folder in chain)])
        return here.uuid, f"{here.uuid}.{top.uuid}", deepest


if __name__ == "__main__":
    main()
