"""SQLite with FTS5: a table with the indexes that the questions want; vectors by numpy over the rows that match."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.engines.data import Catalogue
from benchmarks.engines.questions import PAGE, Boolean, Counts, Near, Newest, Subtree, Words

NAME = "SQLite"
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
    name = NAME

    def __init__(self, folder: Path, data: Catalogue) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.data = data
        self.base = sqlite3.connect(folder / "assets.sqlite", isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -500000", "mmap_size = 4000000000"):
            self.base.execute(f"PRAGMA {pragma}")

    def load(self) -> None:
        self.base.execute(f"CREATE TABLE assets ({', '.join(_COLUMNS).replace('id,', 'id INTEGER PRIMARY KEY,', 1)})")
        self.base.execute("CREATE TABLE tags (tag, id, PRIMARY KEY (tag, id)) WITHOUT ROWID")
        self.base.execute("CREATE VIRTUAL TABLE texts USING fts5 (filename, description, content='')")
        self.base.execute("BEGIN")
        for rows in self.data.batches():
            self._put(rows)
        self.base.execute("COMMIT")
        for columns in ("format, width", "created", "folder", "bytes", "format, created, width"):
            self.base.execute(f'CREATE INDEX "by {columns}" ON assets ({columns})')
        self.base.execute("ANALYZE")

    def _put(self, rows: range) -> None:
        records = [self.data.record(row) for row in rows]
        marks = ", ".join("?" * len(_COLUMNS))
        self.base.executemany(
            f"INSERT OR REPLACE INTO assets VALUES ({marks})", [[r[name] for name in _COLUMNS] for r in records]
        )
        pairs = [(tag, record["id"]) for record in records for tag in record["tag"]]
        self.base.executemany("INSERT OR REPLACE INTO tags VALUES (?, ?)", pairs)
        self.base.executemany(
            "INSERT INTO texts (rowid, filename, description) VALUES (?, ?, ?)",
            [(record["id"], record["filename"], record["description"]) for record in records],
        )

    def close(self) -> None:
        self.base.close()

    def _ids(self, sql: str, *values: Any) -> list[int]:
        return [row[0] for row in self.base.execute(sql, values)]

    def _page(self, where: str, order: str, values: list[Any], offset: int = 0) -> tuple[list[int], int]:
        (total,) = self._ids(f"SELECT count(*) FROM assets WHERE {where}", *values)
        page = f"ORDER BY {order} DESC, id DESC LIMIT {PAGE} OFFSET {offset}"
        return self._ids(f"SELECT id FROM assets WHERE {where} {page}", *values), total

    def newest(self, asked: Newest) -> tuple[list[int], int]:
        return self._page("format = ? AND width > ?", "created", [asked.format, asked.width])

    def boolean(self, asked: Boolean) -> tuple[list[int], int]:
        where = (
            "id IN (SELECT id FROM tags WHERE tag = ?) AND project IN (?, ?)"
            " AND id NOT IN (SELECT id FROM tags WHERE tag = ?)"
        )
        values = [f"tag{asked.tag}", *(f"project{code}" for code in asked.projects), f"tag{asked.without}"]
        return self._page(where, "bytes", values)

    def near(self, asked: Near) -> list[int]:
        """Fetch the matching ids, then scan those rows; made for narrow filters only."""
        if asked.low is None or asked.high is None or asked.high - asked.low > 400_000:
            raise NotImplementedError
        ids = np.array(
            self._ids("SELECT id FROM assets WHERE bytes >= ? AND bytes < ?", asked.low, asked.high), np.int64
        )
        rows = np.sort(ids) - 1
        cosines = self.data.vectors[rows].astype(np.float32) @ asked.vector
        return [int(rows[at]) + 1 for at in np.argsort(-cosines)[:PAGE]]

    def words(self, asked: Words) -> tuple[list[int], int]:
        wanted = " OR ".join(self.data.words[code] for code in asked.words)
        among = "FROM texts JOIN assets ON assets.id = texts.rowid WHERE texts MATCH ? AND format = ?"
        (total,) = self._ids(f"SELECT count(*) {among}", wanted, asked.format)
        return self._ids(f"SELECT assets.id {among} ORDER BY rank LIMIT {PAGE}", wanted, asked.format), total

    def subtree(self, asked: Subtree) -> tuple[list[int], int]:
        return self._page("folder >= ? AND folder < ?", "created", [asked.path + "/", asked.path + "0"], asked.offset)

    def walk(self, asked: Counts) -> int:
        return sum(1 for _ in self._walked(asked))

    def _walked(self, asked: Counts) -> Iterator[int]:
        created, last = asked.stop, 0
        while True:
            rows = self.base.execute(
                "SELECT id, created FROM assets WHERE created >= ? AND created < ? AND (created, id) < (?, ?)"
                " ORDER BY created DESC, id DESC LIMIT 10000",
                (asked.start, asked.stop, created, last),
            ).fetchall()
            yield from (row[0] for row in rows)
            if len(rows) < 10_000:
                return
            last, created = rows[-1]

    def upsert(self, rows: range) -> bool:
        self.base.execute("BEGIN")
        self.base.executemany("DELETE FROM tags WHERE id = ? AND tag = ?", [(row + 1, "") for row in rows])
        self._put(rows)
        self.base.execute("COMMIT")
        return bool(self._ids("SELECT id FROM assets WHERE id = ?", rows[-1] + 1))
