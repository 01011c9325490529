"""A program that adds a folder and tells each time how many assets are safely in: to be killed by `test_crash`."""

from __future__ import annotations

import sys

import msgspec

from fototeca.blobs import Blobs
from fototeca.catalog import Catalog
from fototeca.ingest import Fetcher, Pipeline, Report, expand
from fototeca.media import Reader


def add(data: str, source: str) -> Report:
    catalog = Catalog(f"sqlite:///{data}/catalog.db")
    with Reader(2) as reader:
        pipeline = Pipeline(catalog.records(catalog.workspaces.get("home").id), Blobs.open(f"{data}/blobs"), reader)
        report = pipeline.add(expand([source], fetch=Fetcher()), progress=lambda now: tell(now.added))
    catalog.close()
    return report


def tell(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    tell(msgspec.json.encode(add(*sys.argv[1:])).decode())
