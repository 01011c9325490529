"""LanceDB: scalar indexes, a bitmap, a label list and IVF_PQ with refinement; words by its own full-text index."""

from __future__ import annotations

import os
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.engines.arrow import batches
from benchmarks.engines.data import Catalogue
from benchmarks.engines.questions import PAGE, Near, Words

NAME = "LanceDB"
os.environ.setdefault("LANCE_LOG", "error")
lancedb: Any = import_module("lancedb")
pa: Any = import_module("pyarrow")


class Engine:
    """Attributes: effort: Partitions that are probed, and candidates refined in proportion."""

    name = NAME
    efforts = (8, 16, 32, 64, 128)
    effort = 8

    def __init__(self, folder: Path, data: Catalogue) -> None:
        self.data = data
        self.base = lancedb.connect(str(folder))
        self.table: Any = self.base.open_table("assets") if "assets" in self.base.table_names() else None

    def load(self) -> None:
        schema = next(batches(self.data, size=1)).schema
        self.table = self.base.create_table("assets", pa.RecordBatchReader.from_batches(schema, batches(self.data)))
        for name in ("bytes", "created", "id"):
            self.table.create_scalar_index(name)
        self.table.create_scalar_index("format", index_type="BITMAP")
        self.table.create_fts_index("description", use_tantivy=False, with_position=False)
        partitions = max(int(self.data.rows**0.5) // 2, 16)
        self.table.create_index(
            metric="cosine", num_partitions=partitions, num_sub_vectors=64, wait_timeout=timedelta(hours=1)
        )

    def close(self) -> None:
        """Nothing is open."""

    def near(self, asked: Near) -> list[int]:
        query = self.table.search(asked.vector).metric("cosine").nprobes(self.effort).refine_factor(4).select(["id"])
        if asked.low is not None:
            query = query.where(f"bytes >= {asked.low} AND bytes < {asked.high}", prefilter=True)
        found: list[int] = query.limit(PAGE).to_arrow()["id"].to_pylist()
        return found

    def hybrid(self, asked: Words) -> tuple[list[int], int]:
        words = " ".join(self.data.words[code] for code in asked.words)
        query = self.table.search(query_type="hybrid").vector(asked.vector).text(words).metric("cosine")
        found = query.nprobes(16).where(f"format = '{asked.format}'", prefilter=True).limit(PAGE).to_arrow()
        return found["id"].to_pylist(), 0
