"""tantivy: fast fields, raw and stemless text fields, one segment where it merges to one; no vectors."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.engines.data import PROJECTS, Catalogue
from benchmarks.engines.questions import PAGE, Boolean, Counts, Newest, Subtree, Words

NAME = "tantivy"
tantivy: Any = import_module("tantivy")
_NUMBERS = ("id", "created", "width", "height", "bytes")
_NAMES = ("format", "project", "batch", "device", "split", "annotation_status", "folder", "tag", "class", "person")
Occur: Any = tantivy.Occur


class Engine:
    name = NAME

    def __init__(self, folder: Path, data: Catalogue) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.data = data
        builder = tantivy.SchemaBuilder()
        for name in _NUMBERS:
            builder.add_integer_field(name, stored=name == "id", indexed=True, fast=True)
        for name in _NAMES:
            builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
        builder.add_text_field("parent", tokenizer_name="raw", index_option="basic")
        for name in ("filename", "description"):
            builder.add_text_field(name, tokenizer_name="default")
        self.schema = builder.build()
        self.index = tantivy.Index(self.schema, path=str(folder))
        self.index.reload()

    def load(self) -> None:
        writer = self.index.writer(300_000_000, 1)
        for row in range(self.data.rows):
            writer.add_document(self._document(row))
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()

    def close(self) -> None:
        """Nothing is open."""

    def _document(self, row: int) -> Any:
        record = self.data.record(row)
        document = tantivy.Document()
        for name in _NUMBERS:
            document.add_integer(name, record[name])
        for name in _NAMES:
            for value in [record[name]] if isinstance(record[name], str) else record[name]:
                document.add_text(name, value)
        parts = record["folder"].split("/")
        for depth in range(1, len(parts)):
            document.add_text("parent", "/".join(parts[:depth]))
        document.add_text("filename", record["filename"])
        document.add_text("description", record["description"])
        return document

    def _is(self, field: str, value: str) -> Any:
        return tantivy.Query.term_query(self.schema, field, value, index_option="basic")

    def _all(self, *parts: Any) -> Any:
        return tantivy.Query.boolean_query([(Occur.Must, part) for part in parts])

    def _range(self, field: str, low: int, high: int) -> Any:
        kind = tantivy.FieldType.Integer
        return tantivy.Query.range_query(self.schema, field, kind, low, high, include_upper=False)

    def _page(self, query: Any, order: str | None, limit: int = PAGE, offset: int = 0) -> tuple[list[int], int]:
        searcher = self.index.searcher()
        sort = {} if order is None else {"order_by_field": order, "order": tantivy.Order.Desc}
        found = searcher.search(query, limit=limit, offset=offset, count=True, **sort)
        ids = [int(searcher.doc(address)["id"][0]) for _, address in found.hits]
        return ids, int(found.count)

    def newest(self, asked: Newest) -> tuple[list[int], int]:
        return self._page(
            self._all(self._is("format", asked.format), self._range("width", asked.width + 1, 1 << 40)), "created"
        )

    def boolean(self, asked: Boolean) -> tuple[list[int], int]:
        projects = [(Occur.Should, self._is("project", f"project{code}")) for code in asked.projects]
        query = tantivy.Query.boolean_query(
            [
                (Occur.Must, self._is("tag", f"tag{asked.tag}")),
                (Occur.Must, tantivy.Query.boolean_query(projects)),
                (Occur.MustNot, self._is("tag", f"tag{asked.without}")),
            ]
        )
        return self._page(query, "bytes")

    def counts(self, asked: Counts) -> tuple[list[int], list[int], list[int]]:
        wanted = {
            name: {"terms": {"field": name, "size": size, "segment_size": size * 10}}
            for name, size in (("format", 20), ("project", PROJECTS), ("tag", 20))
        }
        found = self.index.searcher().aggregate(self._range("created", asked.start, asked.stop), wanted)
        one, two, three = (
            [bucket["doc_count"] for bucket in found[name]["buckets"]] for name in ("format", "project", "tag")
        )
        return one, two, three

    def words(self, asked: Words) -> tuple[list[int], int]:
        words = [
            (Occur.Should, tantivy.Query.term_query(self.schema, field, self.data.words[code]))
            for code in asked.words
            for field in ("filename", "description")
        ]
        query = tantivy.Query.boolean_query(
            [
                (Occur.Must, tantivy.Query.boolean_query(words)),
                (Occur.Must, tantivy.Query.const_score_query(self._is("format", asked.format), 0.0)),
            ]
        )
        return self._page(query, None)

    def subtree(self, asked: Subtree) -> tuple[list[int], int]:
        return self._page(self._is("parent", asked.path), "created", offset=asked.offset)

    def walk(self, asked: Counts) -> int:
        """It has no cursor that pays; one large page is its quickest way."""
        return len(self._page(self._range("created", asked.start, asked.stop), None, limit=self.data.rows)[0])

    def upsert(self, rows: range) -> bool:
        writer = self.index.writer(50_000_000, 1)
        for row in rows:
            writer.delete_documents_by_query(self._range("id", row + 1, row + 2))
            writer.add_document(self._document(row))
        writer.commit()
        self.index.reload()
        return self._page(self._range("id", rows[-1] + 1, rows[-1] + 2), None, limit=1)[1] == 1
