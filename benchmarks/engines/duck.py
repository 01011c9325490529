"""DuckDB: a table of assets, a table of tags, one thread; vectors by an exact scan."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.engines.arrow import batches
from benchmarks.engines.data import DIMENSION, Catalogue
from benchmarks.engines.questions import PAGE, Boolean, Counts, Near, Newest, Subtree

NAME = "DuckDB"
duckdb: Any = import_module("duckdb")
pa: Any = import_module("pyarrow")


class Engine:
    name = NAME

    def __init__(self, folder: Path, data: Catalogue) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.data = data
        self.base = duckdb.connect(str(folder / "assets.duckdb"), config={"threads": 1})

    def load(self) -> None:
        reader = pa.RecordBatchReader.from_batches(next(batches(self.data, size=1)).schema, batches(self.data))
        self.base.register("incoming", reader)
        self.base.execute(
            f"CREATE TABLE assets AS SELECT * EXCLUDE (vector), vector::FLOAT[{DIMENSION}] AS vector FROM incoming"
        )
        self.base.execute("CREATE TABLE tags AS SELECT id, unnest(tag) AS tag FROM assets ORDER BY tag, id")
        self.base.execute("CREATE UNIQUE INDEX by_id ON assets (id)")
        self.base.execute("CHECKPOINT")

    def close(self) -> None:
        self.base.close()

    def _page(self, where: str, order: str, values: list[Any], offset: int = 0) -> tuple[list[int], int]:
        total = self.base.execute(f"SELECT count(*) FROM assets WHERE {where}", values).fetchone()
        rows = self.base.execute(
            f"SELECT id FROM assets WHERE {where} ORDER BY {order} DESC, id DESC LIMIT {PAGE} OFFSET {offset}", values
        ).fetchall()
        return [row[0] for row in rows], total[0] if total else 0

    def newest(self, asked: Newest) -> tuple[list[int], int]:
        return self._page("format = ? AND width > ?", "created", [asked.format, asked.width])

    def boolean(self, asked: Boolean) -> tuple[list[int], int]:
        where = (
            "id IN (SELECT id FROM tags WHERE tag = ?) AND project IN (?, ?)"
            " AND id NOT IN (SELECT id FROM tags WHERE tag = ?)"
        )
        values = [f"tag{asked.tag}", *(f"project{code}" for code in asked.projects), f"tag{asked.without}"]
        return self._page(where, "bytes", values)

    def counts(self, asked: Counts) -> tuple[list[int], list[int], list[int]]:
        bounds = [asked.start, asked.stop]
        found = [
            self.base.execute(
                f"SELECT count(*) FROM assets WHERE created >= ? AND created < ? GROUP BY {name} ORDER BY 1 DESC",
                bounds,
            ).fetchall()
            for name in ("format", "project")
        ]
        found.append(
            self.base.execute(
                "SELECT count(*) FROM tags WHERE id IN (SELECT id FROM assets WHERE created >= ? AND created < ?)"
                " GROUP BY tag ORDER BY 1 DESC LIMIT 20",
                bounds,
            ).fetchall()
        )
        one, two, three = ([row[0] for row in rows] for rows in found)
        return one, two, three

    def near(self, asked: Near) -> list[int]:
        where = "" if asked.low is None else f"WHERE bytes >= {asked.low} AND bytes < {asked.high}"
        sql = f"SELECT id FROM assets {where} ORDER BY array_inner_product(vector, ?::FLOAT[{DIMENSION}]) DESC LIMIT 50"
        return [row[0] for row in self.base.execute(sql, [asked.vector.tolist()]).fetchall()]

    def subtree(self, asked: Subtree) -> tuple[list[int], int]:
        return self._page("starts_with(folder, ?)", "created", [asked.path + "/"], asked.offset)

    def walk(self, asked: Counts) -> int:
        seen, after = 0, (1 << 62, 0)
        while True:
            rows = self.base.execute(
                "SELECT created, id FROM assets WHERE created >= ? AND created < ? AND (created, id) < (?, ?)"
                " ORDER BY created DESC, id DESC LIMIT 10000",
                [asked.start, asked.stop, *after],
            ).fetchall()
            seen += len(rows)
            if len(rows) < 10_000:
                return seen
            after = rows[-1]

    def upsert(self, rows: range) -> bool:
        schema = next(batches(self.data, size=1)).schema
        self.base.register("part", pa.Table.from_pylist([_record(self.data, row) for row in rows], schema=schema))
        self.base.execute("BEGIN")
        for table in ("assets", "tags"):
            self.base.execute(f"DELETE FROM {table} WHERE id IN (SELECT id FROM part)")
        self.base.execute("INSERT INTO assets BY NAME SELECT * FROM part")
        self.base.execute("INSERT INTO tags SELECT id, unnest(tag) FROM part")
        self.base.execute("COMMIT")
        return bool(self.base.execute("SELECT id FROM assets WHERE id = ?", [rows[-1] + 1]).fetchall())


def _record(data: Catalogue, row: int) -> dict[str, Any]:
    record = data.record(row)
    lat, lon = record.pop("gps")
    return record | {"lat": lat, "lon": lon, "vector": data.vectors[row].astype("f4").tolist()}
