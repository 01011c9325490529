"""Kills a writer at random moments, again and again, and looks whether anything that it acknowledged is lost.

    python -m benchmarks.durability [ROUNDS] [FOLDER]

The writer adds, changes and deletes assets and vectors in the catalogue, follows the change log with an index, and
flushes and merges the index beside that. It says what it is about to do and what is done. After each SIGKILL the index
is verified, catches up, and must hold exactly what the catalogue holds, and the catalogue what was acknowledged; what
was only begun may have happened or not.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from fototeca.assets import NewAsset, Owner
from fototeca.catalog import AssetPatch, Catalog, Records
from fototeca.engine import Index, vectors
from fototeca.library.following import Follower
from fototeca.query.expressions import All, How, Match, Page, Query

WORKSPACE, SPACE, DIMENSION = "killed", "space", 8
LISTED = 150
"""Vectors from which lists are made here, so that a kill may hit their making too."""

State = dict[str, str | None]
"""The title of each asset, by its SHA-256; `None` where it is deleted."""


def write(folder: Path, seed: int) -> None:
    """Change things until killed."""
    vectors.LISTED = LISTED
    draw = random.Random(seed)
    _, records, index, follower = opened(folder)
    threading.Thread(target=_flush_always, args=(index,), daemon=True).start()
    turn = 0
    while True:
        turn += 1
        held = [(asset.id, asset.sha256) for asset in records.assets.iterate(limit=1000)]
        some = draw.sample(held, min(len(held), draw.randint(1, 20)))
        match draw.choice(("add", "add", "change", "delete") if held else ("add",)):
            case "add":
                fresh = [f"{draw.getrandbits(256):064x}" for _ in range(draw.randint(1, 20))]
                begin = dict.fromkeys(fresh, f"title {seed} {turn}")
                _say("begin", begin)
                ids = [added.id for added in records.assets.add([_new(*pair) for pair in begin.items()])]
                _say("done", begin)
                noise = np.random.default_rng(turn).normal(size=(len(ids), DIMENSION)).astype("<f2")
                records.embeddings.put(SPACE, {i: row.tobytes() for i, row in zip(ids, noise, strict=True)})
            case "change":
                change = {sha256: f"changed {seed} {turn}" for _, sha256 in some}
                _say("begin", change)
                records.assets.update([i for i, _ in some], AssetPatch(title=f"changed {seed} {turn}"))
                _say("done", change)
            case "delete":
                gone: State = {sha256: None for _, sha256 in some[:8]}
                _say("begin", gone)
                records.assets.delete([i for i, _ in some[:8]])
                _say("done", gone)
        follower.catch_up()


def opened(folder: Path) -> tuple[Catalog, Records, Index, Follower]:
    """Open catalogue and index, and what keeps the one in step with the other."""
    catalog = Catalog(f"sqlite:///{folder / 'catalog.sqlite'}")
    records = catalog.records(catalog.workspaces.get(WORKSPACE).id)
    index = Index.open(folder / "index")
    return catalog, records, index, Follower(records, index)


def kill_and_look(folder: Path, seed: int, acknowledged: State) -> None:
    """Let a writer run for a moment, kill it, and compare; `acknowledged` is brought up to date.

    Raises:
        AssertionError: Something is lost, or index and catalogue differ.
    """
    draw = random.Random(seed)
    command = [sys.executable, "-m", "benchmarks.durability", "writer", str(folder), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(draw.uniform(0, 0.8))
        os.kill(writer.pid, signal.SIGKILL)
        lines = [first, *writer.stdout]
    assert writer.returncode == -signal.SIGKILL, "the writer stopped by itself"
    begun: State = {}
    for line in lines:
        if not line.endswith("}\n"):
            continue
        word, _, rest = line.partition(" ")
        if word == "begin":
            begun = json.loads(rest)
        else:
            acknowledged |= json.loads(rest)
            begun = {}
    _look(folder, acknowledged, begun)


def _look(folder: Path, acknowledged: State, begun: State) -> None:
    catalog, records, index, follower = opened(folder)
    try:
        index.verify()
        follower.catch_up()
        assets = records.assets.iterate(limit=100_000)
        titles = {asset.sha256: asset.title for asset in assets}
        for sha256 in acknowledged.keys() | titles.keys():
            expected = {acknowledged.get(sha256)} | ({begun[sha256]} if sha256 in begun else set())
            assert titles.get(sha256) in expected, f"{sha256}: {titles.get(sha256)} is none of {expected}"
        if begun and titles.get(next(iter(begun))) == next(iter(begun.values())):
            acknowledged |= begun
        found = index.search(Query(All(), page=Page(10_000))).ids
        assert sorted(found) == sorted(asset.id for asset in assets), "index and catalogue hold other assets"
        for title in set(titles.values()):
            hits = index.search(Query(Match("title", title or "", How.EXACT), page=Page(10_000))).ids
            assert sorted(hits) == sorted(asset.id for asset in assets if asset.title == title), title
    finally:
        follower.close()
        index.close()
        catalog.close()


def prepare(folder: Path) -> None:
    """Make an empty catalogue."""
    catalog = Catalog(f"sqlite:///{folder / 'catalog.sqlite'}")
    workspace = catalog.workspaces.create(WORKSPACE)
    catalog.records(workspace.id).spaces.create(SPACE, dimension=DIMENSION, owner=Owner.ASSET, model=SPACE)
    catalog.close()


def _flush_always(index: Index) -> None:
    while True:
        index.flush()


def _say(word: str, state: State | dict[str, str]) -> None:
    print(word, json.dumps(state), flush=True)


def _new(sha256: str, title: Any) -> NewAsset:
    return NewAsset(sha256=sha256, filename="a.jpg", format="jpg", mime="image/jpeg", bytes=1, title=title)


def main() -> None:
    """Run rounds, or be the writer."""
    if sys.argv[1:2] == ["writer"]:
        write(Path(sys.argv[2]), int(sys.argv[3]))
        return
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as made:
        folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(made)
        prepare(folder)
        acknowledged: State = {}
        for seed in range(rounds):
            kill_and_look(folder, seed, acknowledged)
            alive = sum(title is not None for title in acknowledged.values())
            print(f"round {seed + 1}: {len(acknowledged)} assets written, {alive} alive, nothing lost", flush=True)


if __name__ == "__main__":
    main()
