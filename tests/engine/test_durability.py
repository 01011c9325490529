"""A killed writer loses nothing that it acknowledged; `python -m benchmarks.durability` has more rounds."""

from __future__ import annotations

from pathlib import Path

from benchmarks.durability import State, kill_and_look, prepare


def test_nothing_acknowledged_is_lost_when_a_writer_is_killed(tmp_path: Path) -> None:
    prepare(tmp_path)
    acknowledged: State = {}
    for seed in range(5):
        kill_and_look(tmp_path, seed, acknowledged)
    assert acknowledged
