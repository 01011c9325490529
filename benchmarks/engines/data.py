"""A photo catalogue of any size, always the same one: columns as arrays, made once and kept in a cache folder.

The columns follow what a team's image library holds: five years of dates, sizes, eight formats, 5,000 folders, up to
fifteen of 20,000 tags, 200 projects, names and descriptions from a vocabulary of 28,000 words, positions, and a 512-d
unit vector from clusters of Pareto sizes (a shared low-rank part and isotropic noise). Frequencies follow Zipf's law.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fototeca.engine import Document

SEED = 20
DIMENSION = 512
SPACE = "clip"
START = datetime(2020, 1, 1)  # noqa: DTZ001 - clock time, as the engine keeps it
FIVE_YEARS = 5 * 365 * 86_400_000
FORMATS = ("jpg", "png", "heic", "webp", "gif", "tiff", "avif", "bmp")
SPLITS = ("train", "valid", "test")
STATUSES = ("none", "started", "done", "review", "rejected")
TAGS, FOLDERS, PROJECTS, BATCHES, DEVICES, CLASSES, PEOPLE, WORDS = 20_000, 5_000, 200, 2_000, 50, 80, 5_000, 30_000
ROWS_OF_A_CLUSTER = 500
_VERSION = 3
_BLOCK = 20_000
_SHARED, _RANK = 40, 24

Array = NDArray[Any]


class Lists:
    """Any number of codes for each row: those of row i are `codes[starts[i] : starts[i + 1]]`."""

    def __init__(self, starts: Array, codes: Array) -> None:
        self.starts = starts
        self.codes = codes

    def __getitem__(self, row: int) -> list[int]:
        found: list[int] = self.codes[self.starts[row] : self.starts[row + 1]].tolist()
        return found

    @cached_property
    def owners(self) -> Array:
        """The row of each code."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def rows_with(self, code: int) -> Array:
        """Return a mask of the rows that hold a code."""
        mask = np.zeros(len(self.starts) - 1, np.bool_)
        mask[self.owners[self.codes == code]] = True
        return mask


class Catalogue:
    """The columns, as arrays; row i has the id i + 1."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.folder = folder
        self.rows = rows

    @classmethod
    def of(cls, rows: int) -> Catalogue:
        """Return the catalogue of this size, made now if it was not made before."""
        folder = cache() / f"assets-{_VERSION}-{rows}"
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent) as part:
                _make(Path(part), rows)
                Path(part).rename(folder)
                Path(part).mkdir()
        return cls(folder, rows)

    def __getattr__(self, name: str) -> Any:
        """Map a column: an array, or `Lists`."""
        path = self.folder / f"{name}.npy"
        starts = self.folder / f"{name}.starts.npy"
        if name.startswith("_") or not (path.exists() or starts.exists()):
            raise AttributeError(name)
        values = np.load(path, mmap_mode="r")
        column = Lists(np.load(starts), np.asarray(values)) if starts.exists() else values
        setattr(self, name, column)
        return column

    @cached_property
    def words(self) -> list[str]:
        """The vocabulary."""
        return vocabulary()

    @cached_property
    def folder_names(self) -> list[str]:
        """The path of each folder code, ascending."""
        return sorted(f"y{i % 10}/m{i % 70:02}/f{i:04}" for i in range(FOLDERS))

    def text(self, column: Lists, row: int) -> str:
        """Return a row's words as a text."""
        return " ".join(self.words[code] for code in column[row])

    def record(self, row: int) -> dict[str, Any]:
        """Return a row as plain values, dates as milliseconds since 1970 or, for the engine, see `document`."""
        return {
            "id": row + 1,
            "created": int(self.created[row]),
            "width": int(self.width[row]),
            "height": int(self.height[row]),
            "bytes": int(self.bytes[row]),
            "format": FORMATS[self.format[row]],
            "folder": self.folder_names[self.folder_code[row]],
            "tag": [f"tag{code}" for code in self.tag[row]],
            "project": f"project{self.project[row]}",
            "batch": f"batch{self.batch[row]}",
            "device": f"device{self.device[row]}",
            "split": SPLITS[self.split[row]],
            "annotation_status": STATUSES[self.status[row]],
            "class": [f"class{code}" for code in self.classes[row]],
            "person": [f"person{code}" for code in self.people[row]],
            "filename": self.text(self.filename, row),
            "description": self.text(self.description, row),
            "gps": (float(self.gps[row, 0]), float(self.gps[row, 1])),
        }

    def document(self, row: int) -> Document:
        """Return a row as the engine takes it."""
        values = self.record(row)
        values["created"] = START + timedelta(milliseconds=values["created"])
        for name, field in (("project", "collection"), ("batch", "batch"), ("split", "split")):
            values[field] = [values.pop(name)]
        values["annotation_status"] = [values["annotation_status"]]
        return Document(values.pop("id"), values, {SPACE: self.vectors[row : row + 1]})

    def batches(self, size: int = 10_000) -> Iterator[range]:
        """Yield the rows in batches."""
        for start in range(0, self.rows, size):
            yield range(start, min(start + size, self.rows))


def cache() -> Path:
    """Return the folder in which everything is kept that takes long to make."""
    return Path(os.environ.get("FOTOTECA_BENCH_CACHE", Path.home() / ".cache" / "fototeca-bench"))


def vocabulary() -> list[str]:
    """Return some 28,000 pronounceable words, the most frequent first; stemming leaves them as they are."""
    heads = [f"{a}{b}" for a in "bcdfghklmnprstvz" for b in "aiou"]
    tails = ["mba", "nko", "rta", "ldu", "zka", "kro", "bla"]
    return [f"{a}{b}{c}" for c in tails for a in heads for b in heads][:WORDS]


def zipf(numbers: np.random.Generator, size: int, count: int, exponent: float = 1.0) -> Array:
    """Draw codes below `count`, code i with a chance in proportion to 1 / (i + 1) ** exponent."""
    chances = np.cumsum(1 / np.arange(1, count + 1) ** exponent)
    codes: Array = np.searchsorted(chances, numbers.random(size) * chances[-1]).astype(np.int32)
    return codes


def _make(folder: Path, rows: int) -> None:
    numbers = np.random.default_rng(SEED)

    def keep(name: str, values: Array, starts: Array | None = None) -> None:
        np.save(folder / f"{name}.npy", values)
        if starts is not None:
            np.save(folder / f"{name}.starts.npy", starts)

    def lists(name: str, lengths: Array, count: int, *, distinct: bool = True) -> None:
        owners = np.repeat(np.arange(rows, dtype=np.int64), lengths)
        codes = zipf(numbers, len(owners), count).astype(np.int64)
        if distinct:
            pairs = np.unique(owners * count + codes)
            owners, codes = pairs // count, pairs % count
        keep(name, codes.astype(np.int32), np.searchsorted(owners, np.arange(rows + 1)))

    sizes = np.array([(4032, 3024), (6000, 4000), (1920, 1080), (1080, 1080), (800, 600)])
    shape = numbers.choice(len(sizes), rows, p=(0.25, 0.15, 0.3, 0.2, 0.1))
    keep("created", numbers.integers(0, FIVE_YEARS, rows))
    keep("width", sizes[shape, 0])
    keep("height", sizes[shape, 1])
    keep("bytes", numbers.integers(50_000, 20_000_000, rows))
    keep("format", zipf(numbers, rows, len(FORMATS)))
    keep("folder_code", numbers.integers(0, FOLDERS, rows, dtype=np.int32))
    keep("project", zipf(numbers, rows, PROJECTS))
    keep("batch", numbers.integers(0, BATCHES, rows, dtype=np.int32))
    keep("device", numbers.integers(0, DEVICES, rows, dtype=np.int32))
    keep("split", numbers.choice(3, rows, p=(0.7, 0.2, 0.1)).astype(np.int32))
    keep("status", numbers.integers(0, len(STATUSES), rows, dtype=np.int32))
    keep("gps", np.stack((numbers.uniform(-60, 70, rows), numbers.uniform(-180, 180, rows)), axis=1))
    lists("tag", numbers.integers(0, 16, rows), TAGS)
    lists("classes", numbers.integers(0, 5, rows), CLASSES)
    lists("people", (numbers.random(rows) < 0.2).astype(np.int64), PEOPLE)
    lists("filename", numbers.integers(3, 6, rows), len(vocabulary()), distinct=False)
    lists("description", numbers.integers(8, 21, rows), len(vocabulary()), distinct=False)
    _make_vectors(folder, rows, numbers)


def _make_vectors(folder: Path, rows: int, numbers: np.random.Generator) -> None:
    clusters = max(rows // ROWS_OF_A_CLUSTER, 20)
    sizes = numbers.pareto(1.5, clusters) + 1
    owner = numbers.choice(clusters, rows, p=sizes / sizes.sum())
    centres = numbers.normal(size=(clusters, DIMENSION)).astype(np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    shared = numbers.normal(size=(_SHARED, _RANK, DIMENSION)).astype(np.float32) / np.sqrt(DIMENSION)
    kept = np.lib.format.open_memmap(folder / "vectors.npy", "w+", np.float16, (rows, DIMENSION))
    for start in range(0, rows, _BLOCK):
        part = owner[start : start + _BLOCK]
        vectors = centres[part] + 0.035 * numbers.standard_normal((len(part), DIMENSION), np.float32)
        low = 0.18 * numbers.standard_normal((len(part), _RANK), np.float32)
        for group in range(_SHARED):
            members = part % _SHARED == group
            vectors[members] += low[members] @ shared[group]
        kept[start : start + _BLOCK] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    kept.flush()
    np.save(folder / "cluster.npy", owner.astype(np.int32))
