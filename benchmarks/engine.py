"""The engine over 100,000 synthetic documents: `python -m benchmarks.engine [documents]`."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from fototeca.engine import Document, Index, Upsert
from fototeca.query.expressions import (
    And,
    Box,
    Expression,
    Facet,
    Fuse,
    How,
    Like,
    Match,
    Not,
    Or,
    Page,
    Query,
    Range,
    Sort,
    Text,
    Under,
    Vector,
)

DIMENSION = 256
CLUSTERS = 500
START = datetime(2019, 1, 1)  # noqa: DTZ001 - the camera's clock
FORMATS = ("jpg", "png", "heic", "webp", "gif", "tiff", "avif", "bmp")


class Library:
    """Makes documents with the columns of a photo library, always the same ones."""

    def __init__(self, *, vectors: bool) -> None:
        self.random = random.Random(7)
        self.numbers = np.random.default_rng(7)
        self.vectors = vectors
        self.words = [f"{a}{b}{c}" for a in "bcdfglmnprst" for b in ("a", "e", "io", "ou") for c in _syllables()]
        self.tags = [f"tag-{i}" for i in range(20_000)]
        self.folders = [f"y{i % 10}/m{i % 70}/f{i}" for i in range(5000)]
        self.centres = self.numbers.normal(size=(CLUSTERS, DIMENSION)).astype(np.float32)

    def pick(self, values: list[str]) -> str:
        """Draw with a preference for the first ones (Zipf)."""
        return values[min(int(self.random.paretovariate(0.7)) - 1, len(values) - 1)]

    def document(self, number: int) -> Document:
        """Make the document of this number."""
        draw = self.random
        created = START + timedelta(seconds=draw.randrange(5 * 365 * 86400))
        width, height = draw.choice(((4032, 3024), (6000, 4000), (1920, 1080), (1080, 1080), (800, 600)))
        values: dict[str, Any] = {
            "uuid": f"{draw.getrandbits(128):032x}",
            "sha256": f"{draw.getrandbits(256):064x}",
            "phash": f"{draw.getrandbits(64):016x}",
            "kind": "image",
            "status": "active",
            "created": created,
            "updated": created,
            "taken": created - timedelta(days=1),
            "version": 1,
            "filename": " ".join(self.pick(self.words) for _ in range(draw.randint(3, 5))) + f"_{number}.jpg",
            "description": " ".join(self.pick(self.words) for _ in range(draw.randint(8, 20))),
            "folder": draw.choice(self.folders),
            "tag": list({self.pick(self.tags) for _ in range(draw.randint(0, 15))}),
            "collection": [f"project {int(draw.paretovariate(0.5)) % 200}"],
            "batch": [f"batch {draw.randrange(2000)}"],
            "device": f"device {draw.randrange(50)}",
            "split": [draw.choice(("train", "valid", "test"))],
            "annotation_status": [draw.choice(("none", "started", "done", "review", "rejected"))],
            "class": [f"class {int(draw.paretovariate(1)) % 80}" for _ in range(draw.randint(0, 4))],
            "format": self.pick(list(FORMATS)),
            "mime": "image/jpeg",
            "bytes": draw.randrange(50_000, 20_000_000),
            "width": width,
            "height": height,
            "pixels": width * height,
            "aspect": round(width / height, 6),
            "sharpness": draw.random(),
            "brightness": draw.random(),
            "favorite": draw.random() < 0.05,
            "camera": f"Maker {draw.randrange(8)} Model {draw.randrange(60)}",
            "iso": draw.choice((100, 200, 400, 800)),
            "color": draw.sample(("red", "teal", "black", "white", "green", "orange"), 2),
            "gps": (draw.uniform(-60, 70), draw.uniform(-180, 180)),
            "city": f"City {draw.randrange(3000)}",
            "metadata.stage": draw.choice(("raw", "cut", "final")),
        }
        if draw.random() < 0.2:
            values["person"] = [f"Person {draw.randrange(5000)}"]
        return Document(number, values, {"clip": self.vector()} if self.vectors else {})

    def vector(self) -> np.ndarray[Any, np.dtype[np.float16]]:
        """Draw a vector near one of the centres."""
        centre = self.centres[min(int(self.random.paretovariate(0.6)) - 1, CLUSTERS - 1)]
        noise = self.numbers.normal(size=(1, DIMENSION)).astype(np.float32)
        vector: np.ndarray[Any, np.dtype[np.float16]] = (centre + noise).astype(np.float16)
        return vector


def _syllables() -> Iterator[str]:
    yield from (f"{a}{b}" for a in "lmnrst" for b in ("ade", "en", "ix", "or", "um", "a"))


def timed(action: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return the median and the 95th percentile of several rounds, in milliseconds."""
    spent = []
    for _ in range(rounds):
        started = time.perf_counter()
        action()
        spent.append((time.perf_counter() - started) * 1000)
    return float(np.median(spent)), float(np.percentile(spent, 95))


def filters() -> dict[str, Expression]:
    """The filters that are measured, from broad to rare."""
    tags = Or((Match("collection", "project 1"), Match("collection", "project 2")))
    return {
        "format and width": And((Match("format", "jpg"), Range("width", 2000, include_low=False))),
        "tags and projects": And((Match("tag", "tag-7"), tags, Not(Match("tag", "tag-1")))),
        "subtree and year": And((Under("folder", "y3"), Range("taken", START, START + timedelta(days=365)))),
        "words in filename": Match("filename", "bala", How.WORDS),
        "map box, favourite": And((Box("gps", 40, -10, 60, 30), Match("favorite", value=True))),
    }


def queries(library: Library) -> dict[str, Query]:
    """The queries that are measured, by name."""
    broad = filters()["format and width"]
    asked = {f"filter: {name}": Query(where=where) for name, where in filters().items()}
    asked |= {
        "everything, newest 50": Query(),
        "by bytes, offset 10,000": Query(sort=(Sort("bytes"),), page=Page(offset=10_000)),
        "three facets": Query(where=broad, facets=(Facet("format"), Facet("collection"), Facet("tag"))),
        "text, two words": Query(where=broad, rank=Text("balade balen")),
        "text, either word": Query(where=broad, rank=Text("bala belen", every=False)),
    }
    if library.vectors:
        target = library.vector()[0].astype(float).tolist()
        vector = Vector.of("clip", target)
        asked |= {
            "vector": Query(rank=vector),
            "vector, rare filter": Query(where=filters()["tags and projects"], rank=vector),
            "likeness": Query(rank=Like((17, 42))),
            "hybrid": Query(where=broad, rank=Fuse((Text("balade balen", every=False), vector))),
        }
    return asked


def measure(size: int, *, vectors: bool) -> None:
    """Build, ask, write, flush and reopen; print one line for each figure."""
    library = Library(vectors=vectors)
    print(f"\n{size:,} documents, {'with' if vectors else 'without'} a {DIMENSION}-d vector space")
    documents = [library.document(number) for number in range(1, size + 1)]
    with tempfile.TemporaryDirectory() as folder:
        index = Index.open(Path(folder))
        started = time.perf_counter()
        for at in range(0, size, 10_000):
            index.apply([Upsert(document) for document in documents[at : at + 10_000]], at + 1)
        built = time.perf_counter() - started
        print(f"  build in batches of 10,000        {built:8.1f} s   {size / built:,.0f}/s")
        started = time.perf_counter()
        index.flush()
        print(f"  flush                             {time.perf_counter() - started:8.1f} s")
        stored = sum(file.stat().st_size for file in Path(folder).iterdir())
        print(f"  on disk                           {stored / 1e6:8.1f} MB")
        started = time.perf_counter()
        Index.open(Path(folder)).search(Query())
        print(f"  reopen and first answer           {(time.perf_counter() - started) * 1000:8.1f} ms")
        _ask(index, library)
        _write(index, library, size)
        _ask(index, library)
        _walk(index)


def _ask(index: Index, library: Library) -> None:
    rows = ", ".join(str(len(view.segment)) for view in index._snapshot)  # noqa: SLF001 - the layout is what is measured
    print(f"  segments of {rows} rows:       median      p95 ms     total")
    for name, query in queries(library).items():
        total = index.search(query).total
        median, worst = timed(lambda query=query: index.search(query), 30)  # type: ignore[misc]
        print(f"    {name:32}{median:8.2f} {worst:8.2f} {total:9,}")


def _write(index: Index, library: Library, size: int) -> None:
    changed = iter([library.document(1 + (n * 7919) % size) for n in range(1000)])

    def write() -> None:
        document = next(changed)
        index.apply([Upsert(document)], index.sequence + 1)
        index.search(Query(where=Match("uuid", document.values["uuid"], How.EXACT)))

    median, worst = timed(write, 1000)
    print(f"  one upsert, found by a query      {median:8.2f} ms median {worst:8.2f} ms p95")


def _walk(index: Index) -> None:
    started = time.perf_counter()
    page, seen = Page(limit=1000), 0
    while True:
        found = index.search(Query(where=filters()["format and width"], page=page))
        seen += len(found.hits)
        if found.cursor is None:
            break
        page = Page(limit=1000, cursor=found.cursor)
    print(f"  walk of {seen:,} hits by cursor   {seen / (time.perf_counter() - started):12,.0f} hits/s")


def main() -> None:
    """Measure without and with vectors."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for vectors in (False, True):
        measure(size, vectors=vectors)


if __name__ == "__main__":
    main()
