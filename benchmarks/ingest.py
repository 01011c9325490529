"""Ingest of real photos against a bare loop that only decodes, makes two renditions and hashes; both in one run.

Usage: python -m benchmarks.ingest [rounds]

Both sides use one process per core and read the same files, warm in the page cache, in turns. The bare loop keeps
nothing: no facts, no checks, no blobs, no catalogue. Photos come from FOTOTECA_SHARED, or are made where it is absent.
"""

from __future__ import annotations

import hashlib
import io
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from fototeca.blobs import Blobs
from fototeca.catalog import Catalog
from fototeca.ingest import Fetcher, Item, Pipeline, expand
from fototeca.media import Reader

COUNT = 1000
LARGE = 60
CORES = len(os.sched_getaffinity(0))


def shared_photos(*, thumbnails: bool) -> list[Path]:
    """A mixture of a thousand JPEGs, from thumbnails to camera originals; or only those that are no thumbnails."""
    root = Path(os.environ.get("FOTOTECA_SHARED", "../shared")) / "photos"
    folders = ("clothing", "exif-samples", "faces", "objects", "phones", *(("captioned",) if thumbnails else ()))
    paths = sorted(path.resolve() for folder in folders for path in (root / folder).rglob("*.[jJ][pP]*[gG]"))
    readable = [path for path in paths if bare(path)]
    return random.Random(1).sample(readable, min(COUNT, len(readable)))


def large_photos(folder: Path) -> list[Path]:
    """Twelve-megapixel JPEGs with the detail of a photograph, each different."""
    random_ = np.random.default_rng(1)
    noise = random_.integers(0, 256, (96, 128, 3), np.uint8)
    smooth = Image.fromarray(noise).resize((4000, 3000), Image.Resampling.BICUBIC)
    grain = random_.normal(0, 6, (3000, 4000, 1))
    pixels = np.clip(np.asarray(smooth) + grain, 0, 255).astype(np.uint8)
    for number in range(LARGE):
        Image.fromarray(np.roll(pixels, number * 60, 1)).save(folder / f"{number:03}.jpg", quality=90)
    return sorted(folder.iterdir())


def bare(path: Path) -> bool:
    data = path.read_bytes()
    hashlib.sha256(data).hexdigest()
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.draft("RGB", (1440, 1440))
            picture = ImageOps.exif_transpose(image).convert("RGB")
    except OSError:
        return False
    for side in (1440, 256):
        picture.thumbnail((side, side))
        picture.save(io.BytesIO(), "JPEG", quality=82)
    return True


def warming(folder: Path) -> Iterator[Path]:
    """Small pictures with a position, enough for every process to get some."""
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (48.0, 12.0, 0.0), 3: "E", 4: (16.0, 22.0, 0.0)}
    for number in range(20 * CORES):
        path = folder / f"{number}.png"
        Image.new("RGB", (256, 256), (number, 0, 0)).save(path, exif=exif)
        yield path


@contextmanager
def pipeline() -> Iterator[Pipeline]:
    """An empty installation whose processes are started and have loaded what they keep, such as the names of places."""
    with tempfile.TemporaryDirectory() as folder, Reader(CORES) as reader:
        catalog = Catalog(f"sqlite:///{folder}/catalog.db")
        pipeline = Pipeline(
            catalog.records(catalog.workspaces.create("home").id), Blobs.open(f"{folder}/blobs"), reader
        )
        pipeline.add(Item(path, path.name, path.name) for path in warming(Path(folder)))
        yield pipeline
        catalog.close()


class Rates(NamedTuple):
    """Images per second and core by the clock, and per second of processor time of this program's processes."""

    clock: float
    processor: float


def measure(paths: list[Path], rounds: int) -> tuple[list[Rates], list[Rates], list[Rates]]:
    """The bare loop, the pipeline, and the pipeline run again over the same files, in turns."""
    names = [str(path) for path in paths]
    loop: list[Rates] = []
    first: list[Rates] = []
    again: list[Rates] = []
    with ProcessPoolExecutor(CORES, mp_context=get_context("forkserver")) as pool:
        list(pool.map(bare, paths[: 4 * CORES]))
        for _ in range(rounds):
            loop.append(rates(len(paths), lambda: list(pool.map(bare, paths, chunksize=4))))
            with pipeline() as ingest:
                for run in (first, again):
                    run.append(rates(len(paths), lambda: ingest.add(expand(names, fetch=Fetcher()))))
    return loop, first, again


def rates(count: int, work: Callable[[], object]) -> Rates:
    clock, processor = time.perf_counter(), processor_seconds()
    work()
    clock, processor = time.perf_counter() - clock, processor_seconds() - processor
    return Rates(count / clock / CORES, count / processor)


def processor_seconds() -> float:
    """Used so far by this process and all that descend from it. On a busy machine it is fairer than the clock."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(fields[1])
        ticks[int(path.parent.name)] = int(fields[11]) + int(fields[12])
    ours = {os.getpid()}
    while new := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= new
    return sum(ticks[pid] for pid in ours) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    print(f"images per second and core by the clock (by processor time), {CORES} cores, medians of {rounds} rounds")
    print(f"{'photos':28}{'bare loop':>16}{'ingest':>16}{'ratio':>14}{'second run':>16}")
    with tempfile.TemporaryDirectory() as folder:
        sets = {
            "shared, half thumbnails": shared_photos(thumbnails=True),
            "shared, no thumbnails": shared_photos(thumbnails=False),
            "synthetic, 12 megapixels": large_photos(Path(folder)),
        }
        for name, paths in sets.items():
            if paths:
                loop, first, again = measure(paths, rounds)
                ratios = [Rates(b.clock / a.clock, b.processor / a.processor) for a, b in zip(loop, first, strict=True)]
                cells = f"{told(loop, 1):>16}{told(first, 1):>16}{told(ratios, 2):>14}{told(again, 0):>16}"
                print(f"{f'{len(paths)} {name}':28}{cells}")


def told(rates: list[Rates], digits: int) -> str:
    clock, processor = (statistics.median(values) for values in zip(*rates, strict=True))
    return f"{clock:.{digits}f} ({processor:.{digits}f})"


if __name__ == "__main__":
    main()
