"""The index keeps up with the catalogue, whoever wrote, and whatever happened to it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fototeca.assets import NewAsset, Owner
from fototeca.library import Installation, Library, examine, following
from fototeca.query import Query, Vector
from fototeca.settings import Settings

WRITER = """
import sys
from fototeca.catalog import Catalog
from fototeca.assets import NewAsset
catalog = Catalog(sys.argv[1])
records = catalog.records(catalog.workspaces.get("home").id)
made = records.assets.add([
    NewAsset(sha256=f"{n + 1000:064x}", filename=f"other {n}.jpg", format="jpg", mime="image/jpeg", bytes=1)
    for n in range(3)
])
records.assets.delete([made[0].id])
catalog.close()
"""

BESIDE = """
import sys
from pathlib import Path
from fototeca.assets import NewAsset
from fototeca.library import Installation
from fototeca.settings import Settings
with Installation(Settings.from_environment(Path(sys.argv[1]), {})) as installation:
    library = installation.library("home")
    for turn in map(int, sys.stdin):
        library.records.assets.add([
            NewAsset(sha256=f"{9000 + turn:064x}", filename="photo.jpg", format="jpg", mime="image/jpeg", bytes=1)
        ])
        found = library.search("photo").total
        library.flush()
        print(found, flush=True)
"""


def new(number: int) -> NewAsset:
    return NewAsset(
        sha256=f"{number:064x}", filename=f"photo {number}.jpg", format="jpg", mime="image/jpeg", bytes=number
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment(tmp_path / "data", {})


@pytest.fixture
def installation(settings: Settings) -> Iterator[Installation]:
    with Installation(settings) as installation:
        installation.create("home")
        yield installation


@pytest.fixture
def library(installation: Installation) -> Library:
    return installation.library("home")


def indexed(library: Library) -> list[int]:
    return sorted(hit.id for hit in library.answer(Query()).hits)


def test_what_another_process_wrote_is_found_by_the_next_search(library: Library, settings: Settings) -> None:
    library.records.assets.add([new(1)])
    assert library.search("photo").total == 1
    subprocess.run([sys.executable, "-c", WRITER, settings.database_url], check=True)
    assert library.search("other").total == 2


def test_processes_that_live_side_by_side_read_what_each_has_written(library: Library, settings: Settings) -> None:
    """Whoever flushed first writes the index; the other one keeps no more in memory than has changed since."""
    command = [sys.executable, "-c", BESIDE, str(settings.data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as beside:
        assert beside.stdin is not None
        assert beside.stdout is not None
        for turn in range(1, 4):
            library.records.assets.add([new(100 * turn + n) for n in range(4)])
            assert library.search("photo").total == 5 * turn - 1
            beside.stdin.write(f"{turn}\n")
            beside.stdin.flush()
            assert int(beside.stdout.readline()) == 5 * turn
            assert library.search("photo").total == 5 * turn
            library.flush()
            assert library.index.unsaved == 0, "the other process has flushed all of them"
        beside.communicate(timeout=60)
        assert beside.returncode == 0


def test_what_was_not_written_to_disk_is_replayed(settings: Settings) -> None:
    first = Installation(settings)
    first.create("home")
    ids = [made.id for made in first.library("home").records.assets.add([new(n) for n in range(5)])]
    assert indexed(first.library("home")) == ids
    first.library("home").flush()
    first.library("home").update(ids[:1], title="changed")
    first.library("home").delete(ids[4:])
    assert indexed(first.library("home")) == ids[:4]
    # Not closed, as if killed: the second one opens what the flush left and replays the rest.
    with Installation(settings) as second:
        assert len(second.library("home").index) == 5
        assert indexed(second.library("home")) == ids[:4]
        assert second.library("home").search("changed").total == 1
    first.close()


def test_many_changes_are_written_to_disk_beside_the_searches(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_FLUSH_AFTER", 3)
    with Installation(settings) as installation:
        installation.create("home")
        library = installation.library("home")
        for number in range(12):
            library.records.assets.add([new(number)])
            assert library.search("photo").total == number + 1
        deadline = time.monotonic() + 30
        while not list((settings.data / "index").rglob("manifest*")):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_damaged_index_is_made_anew(settings: Settings) -> None:
    with Installation(settings) as first:
        first.create("home")
        ids = [made.id for made in first.library("home").records.assets.add([new(n) for n in range(5)])]
        assert indexed(first.library("home")) == ids
    [manifest] = (settings.data / "index").rglob("manifest*")
    manifest.write_text("{")
    with Installation(settings) as second:
        assert indexed(second.library("home")) == ids


def test_the_doctor_finds_and_repairs_a_stale_index(library: Library) -> None:
    ids = [made.id for made in library.records.assets.add([new(n) for n in range(5)])]
    library.catch_up()
    library.index.apply([], library.index.sequence)
    assert [finding.ok for finding in examine(library)] == [True, True, False], "these assets have no originals"
    from fototeca.engine import Delete

    library.index.apply([Delete(ids[0])], library.index.sequence)
    content = examine(library)[1]
    assert not content.ok
    assert f"1 not indexed: [{ids[0]}]" in content.detail
    repaired = examine(library, repair=True)
    assert [finding.ok for finding in repaired] == [True, True, True, False]
    assert indexed(library) == ids


def test_vectors_follow_too(library: Library) -> None:
    ids = [made.id for made in library.records.assets.add([new(n) for n in range(3)])]
    library.records.spaces.create("toy", dimension=2, owner=Owner.ASSET, model="toy")
    directions = {ids[0]: (1, 0), ids[1]: (0, 1), ids[2]: (1, 1)}
    vectors = {asset_id: np.array(xy, "<f2").tobytes() for asset_id, xy in directions.items()}
    library.records.embeddings.put("toy", vectors)
    hits = library.answer(Query(rank=Vector.of("toy", (1.0, 0.1)))).hits
    assert [hit.id for hit in hits] == [ids[0], ids[2], ids[1]]
    assert [asset.asset.id for asset in library.search(like=[ids[1]])] == [ids[1], ids[2], ids[0]]


def test_results_are_json(library: Library) -> None:
    library.records.assets.add([new(1)])
    assert json.dumps(library.search("photo", explain=True).explain, default=str)
