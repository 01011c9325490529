"""The catalogue as Arrow record batches, for the peers that take it so."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.engines.data import DIMENSION, FORMATS, SPLITS, STATUSES, Catalogue, Lists

pa: Any = import_module("pyarrow")


def batches(data: Catalogue, *, size: int = 20_000, vectors: bool = True) -> Iterator[Any]:
    """Yield the rows; `tag` is a list of texts, `vector` a fixed-size list of float32."""
    for rows in data.batches(size):
        part = slice(rows.start, rows.stop)
        columns: dict[str, Any] = {
            "id": pa.array(np.arange(rows.start + 1, rows.stop + 1)),
            "created": pa.array(np.asarray(data.created[part])),
            "width": pa.array(np.asarray(data.width[part])),
            "height": pa.array(np.asarray(data.height[part])),
            "bytes": pa.array(np.asarray(data.bytes[part])),
            "format": _named(data.format[part], list(FORMATS)),
            "folder": _named(data.folder_code[part], data.folder_names),
            "project": _named(data.project[part], [f"project{i}" for i in range(200)]),
            "batch": _named(data.batch[part], [f"batch{i}" for i in range(2000)]),
            "device": _named(data.device[part], [f"device{i}" for i in range(50)]),
            "split": _named(data.split[part], list(SPLITS)),
            "annotation_status": _named(data.status[part], list(STATUSES)),
            "tag": _lists(data.tag, part, "tag"),
            "class": _lists(data.classes, part, "class"),
            "person": _lists(data.people, part, "person"),
            "filename": pa.array([data.text(data.filename, row) for row in rows]),
            "description": pa.array([data.text(data.description, row) for row in rows]),
            "lat": pa.array(np.asarray(data.gps[part, 0])),
            "lon": pa.array(np.asarray(data.gps[part, 1])),
        }
        if vectors:
            flat = np.asarray(data.vectors[part], np.float32).reshape(-1)
            columns["vector"] = pa.FixedSizeListArray.from_arrays(pa.array(flat), DIMENSION)
        yield pa.RecordBatch.from_pydict(columns)


def _named(codes: Any, names: list[str]) -> Any:
    return pa.array(np.array(names, dtype=object)[np.asarray(codes)])


def _lists(column: Lists, part: slice, prefix: str) -> Any:
    starts = column.starts[part.start : part.stop + 1]
    texts = pa.array([f"{prefix}{code}" for code in column.codes[starts[0] : starts[-1]].tolist()], pa.string())
    return pa.ListArray.from_arrays(pa.array((starts - starts[0]).astype(np.int32)), texts)
