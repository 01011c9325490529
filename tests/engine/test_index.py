import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from fototeca.engine import Change, Delete, Index, Upsert
from fototeca.engine.index import _unfit
from fototeca.engine.segment import Segment
from fototeca.engine.snapshot import View, merged
from fototeca.errors import InvalidInput, StorageError
from fototeca.query.expressions import All, Match, Query
from tests.engine.samples import doc, ids, index_of


def state(index: Index) -> dict[int, str]:
    """The title of every document that has one of t0 to t19, found by searching."""
    return {number: f"t{n}" for n in range(20) for number in ids(index, Match("title", f"t{n}"))}


def test_a_write_is_seen_by_the_next_search() -> None:
    index = Index.open(None)
    assert (index.sequence, len(index)) == (0, 0)
    index.apply([Upsert(doc(1, title="t1")), Upsert(doc(2, title="t1"))], 5)
    index.apply([Upsert(doc(1, title="t2")), Delete(2), Delete(99)], 6)
    assert (index.sequence, len(index), state(index)) == (6, 1, {1: "t2"})
    index.apply([Delete(1), Upsert(doc(1, title="t3")), Upsert(doc(4, title="t4")), Delete(4)], 7)
    assert state(index) == {1: "t3"}
    index.apply([], 9)
    assert index.sequence == 9


def test_a_warm_index_answers_the_same(tmp_path: Path) -> None:
    index = Index.open(tmp_path)
    index.warm()
    tags = ["x", "x", "y"]
    shelf = [doc(n, {"v": [[1, n]]}, title=f"t{n % 20}", tag=tags[: n % 4], width=n) for n in range(3_000)]
    index.apply([Upsert(document) for document in shelf], 1)
    index.flush()
    before, opened = state(index), Index.open(tmp_path)
    opened.warm()
    assert state(opened) == before
    assert ids(opened, Match("tag", "x")) == ids(index, Match("tag", "x"))


def test_random_writes_with_flushes_and_reopening(tmp_path: Path) -> None:
    """Whatever is written, merged and reopened: the index holds what a dictionary would."""
    pick = random.Random(8)
    index = Index.open(tmp_path)
    expected: dict[int, str] = {}
    for sequence in range(1, 400):
        changes: list[Change] = []
        for _ in range(pick.choice((1, 1, 1, 5, 40))):
            number = pick.randrange(1, 120)
            if pick.random() < 0.3:
                changes.append(Delete(number))
                expected.pop(number, None)
            else:
                expected[number] = f"t{pick.randrange(20)}"
                changes.append(Upsert(doc(number, title=expected[number], tag=["x"] * pick.randrange(3))))
        index.apply(changes, sequence)
        if pick.random() < 0.05:
            index.flush()
        if pick.random() < 0.03:
            index.flush()
            index.close()
            index = Index.open(tmp_path)
            assert index.sequence == sequence
        if sequence % 20 == 0:
            assert state(index) == expected
    assert len(index) == len(expected)


def test_single_writes_leave_few_segments() -> None:
    index = Index.open(None)
    for number in range(1, 301):
        index.apply([Upsert(doc(number))], number)
    sizes = [len(view) for view in index._snapshot]
    assert sum(sizes) == 300
    assert len(sizes) <= 10
    assert all(left > 2 * right for left, right in pairwise(sizes))


def test_flush_unites_large_segments_and_drops_dead_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fototeca.engine.index._MERGED_AT_ONCE", 4)
    index = Index.open(None)
    for start in (1, 11, 21):
        index.apply([Upsert(doc(n, title="t1")) for n in range(start, start + 10)], start)
    assert [len(view) for view in index._snapshot] == [10, 10, 10]
    index.apply([Delete(n) for n in range(1, 9)], 40)
    index.flush()
    assert [(len(view), len(view.deleted)) for view in index._snapshot] == [(22, 0)]
    index.apply([Delete(n) for n in range(9, 22)], 41)
    index.flush()
    assert [(len(view), len(view.deleted)) for view in index._snapshot] == [(9, 0)]
    assert _unfit(index._snapshot.views) == slice(0, 0)
    assert ids(index, All()) == list(range(22, 31))


def test_writes_during_a_merge_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """While `flush` unites segments, rows of them are deleted, replaced and one segment dies wholly."""
    from fototeca.engine import index as module

    monkeypatch.setattr(module, "_MERGED_AT_ONCE", 4)
    index = Index.open(None)
    for start in (1, 11, 21):
        index.apply([Upsert(doc(n, title="t1")) for n in range(start, start + 10)], start)

    here = threading.current_thread()

    def interrupted(views: Sequence[View]) -> Segment:
        made = merged(views)
        if threading.current_thread() is not here:
            return made  # of the index of another test's server
        monkeypatch.setattr(module, "merged", merged)
        index.apply([Delete(5), Upsert(doc(12, title="t2")), *(Delete(n) for n in range(21, 31))], 40)
        return made

    monkeypatch.setattr(module, "merged", interrupted)
    index.flush()
    assert ids(index, Match("title", "t1")) == [n for n in range(1, 21) if n not in {5, 12}]
    assert ids(index, Match("title", "t2")) == [12]
    assert len(index) == 19


def test_a_flushed_index_is_mapped_and_complete(tmp_path: Path) -> None:
    index = Index.open(tmp_path)
    index.apply([Upsert(doc(1, {"s": [[1, 0]]}, title="t1", description="some words"))], 3)
    assert Index.open(tmp_path).sequence == 0
    index.flush()
    index.flush()
    index.verify()
    again = Index.open(tmp_path)
    assert (again.sequence, state(again)) == (3, {1: "t1"})
    again.apply([Upsert(doc(1, title="t2"))], 4)
    assert state(again) == {1: "t2"}
    assert state(index) == {1: "t1"}


def test_a_process_without_the_lock_stays_in_memory(tmp_path: Path) -> None:
    writer, reader = Index.open(tmp_path), Index.open(tmp_path)
    for index in (writer, reader):
        index.apply([Upsert(doc(1, title="t1"))], 1)
    writer.flush()
    reader.apply([Upsert(doc(2, title="t2"))], 2)
    reader.flush()
    assert Index.open(tmp_path).sequence == 1
    assert state(reader) == {1: "t1", 2: "t2"}
    writer.close()
    reader.flush()
    assert state(Index.open(tmp_path)) == {1: "t1", 2: "t2"}
    reader.close()
    writer.flush()  # it is behind what is stored by now, so it leaves that alone
    assert Index.open(tmp_path).sequence == 2


def test_a_process_without_the_lock_adopts_what_the_other_one_wrote(tmp_path: Path) -> None:
    writer, reader = Index.open(tmp_path), Index.open(tmp_path)
    for index in (writer, reader):
        index.apply([Upsert(doc(n, title="t1")) for n in range(1, 50)], 1)
    assert reader.successor() is None
    assert writer.flush()
    reader.apply([Upsert(doc(50, title="t2"))], 2)
    assert not reader.flush()
    assert reader.unsaved == 50
    ahead = reader.successor()
    assert ahead is not None
    reader.adopt(ahead)
    assert (reader.sequence, reader.unsaved) == (2, 50), "that would have shown less than before"
    ahead.apply([Upsert(doc(50, title="t2"))], 2)
    reader.adopt(ahead)
    assert state(reader) == dict.fromkeys(range(1, 50), "t1") | {50: "t2"}
    assert (reader.unsaved, reader.successor()) == (1, None)
    writer.close()
    assert reader.flush()
    assert state(Index.open(tmp_path)) == state(reader)


def test_a_reader_outlives_the_files_that_it_mapped(tmp_path: Path) -> None:
    writer = Index.open(tmp_path)
    writer.apply([Upsert(doc(n, title="t1")) for n in range(1, 50)], 1)
    writer.flush()
    reader = Index.open(tmp_path)
    writer.apply([Upsert(doc(n, title="t2")) for n in range(1, 50)], 2)
    writer.flush()
    assert set(state(reader).values()) == {"t1"}
    writer.close()
    reader.apply([Upsert(doc(n, title="t3")) for n in range(1, 3)], 3)
    reader.flush()
    assert sorted(set(state(Index.open(tmp_path)).values())) == ["t1", "t3"]


def test_a_damaged_index_is_refused_and_replaced(tmp_path: Path) -> None:
    index = Index.open(tmp_path)
    index.apply([Upsert(doc(1, title="t1"))], 9)
    index.flush()
    index.close()
    (file,) = tmp_path.glob("*.segment")
    content = bytearray(file.read_bytes())
    content[0] ^= 255
    file.write_bytes(content)
    with pytest.raises(StorageError):
        Index.open(tmp_path).verify()
    file.write_bytes(content[:-5])
    with pytest.raises(StorageError):
        Index.open(tmp_path)
    fresh = Index.create(tmp_path)
    fresh.apply([Upsert(doc(1, title="t2"))], 3)
    fresh.flush()
    assert (Index.open(tmp_path).sequence, state(Index.open(tmp_path))) == (3, {1: "t2"})


def test_clearing_empties_the_folder_too(tmp_path: Path) -> None:
    index = Index.open(tmp_path)
    index.apply([Upsert(doc(1))], 9)
    index.flush()
    index.clear()
    assert (len(index), index.sequence) == (0, 0)
    index.flush()
    assert (len(Index.open(tmp_path)), Index.open(tmp_path).sequence) == (0, 0)


def test_a_space_has_one_dimension() -> None:
    index = index_of(doc(1, {"s": [[1, 0]]}))
    for wrong in ([doc(2, {"s": [[1, 0, 0]]})], [doc(2, {"n": [[1]]}), doc(3, {"n": [[1, 2]]})]):
        with pytest.raises(InvalidInput, match="dimension"):
            index.apply([Upsert(document) for document in wrong], 2)
    assert (len(index), index.sequence) == (1, 1)


def test_an_unwritable_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    index = Index.open(None)
    with pytest.raises(StorageError):
        Index.open(tmp_path / "file" / "index")
    assert len(index) == 0


def test_readers_see_whole_writes(tmp_path: Path) -> None:
    """Two documents change together; threads that read while others write and flush never see one alone."""
    index = Index.open(tmp_path)
    index.apply([Upsert(doc(1, title="t0")), Upsert(doc(2, title="t0"))], 1)
    done = threading.Event()

    def read() -> set[int]:
        seen: set[int] = set()
        while not done.is_set():
            seen |= {index.search(Query(where=Match("title", f"t{n}"))).total for n in range(20)}
        return seen

    def flush() -> set[int]:
        while not done.is_set():
            index.flush()
        return set()

    with ThreadPoolExecutor() as threads:
        others = [threads.submit(task) for task in (read, read, flush)]
        for n in range(2, 300):
            fillers = [Upsert(doc(100 + n * 3 + i, title="filler")) for i in range(3)]
            index.apply([Upsert(doc(1, title=f"t{n % 20}")), *fillers, Upsert(doc(2, title=f"t{n % 20}"))], n)
        done.set()
        assert set().union(*(other.result() for other in others)) <= {0, 2}
    assert len(index) == 2 + 298 * 3


WRITER = """
import sys
from pathlib import Path
from fototeca.engine import Delete, Document, Index, Upsert
index = Index.open(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    s = index.sequence + 1
    changes = [Upsert(Document(n, {"title": f"at {s}"})) for n in range(s, s + 5)]
    index.apply([*changes, Delete(s - 3)], s)
    if s % 3 == 0:
        index.flush()
"""


def test_a_killed_writer_leaves_a_complete_state(tmp_path: Path) -> None:
    pick, last = random.Random(2), 0
    for _ in range(6):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline()
            time.sleep(pick.uniform(0.05, 0.4))
            os.kill(writer.pid, signal.SIGKILL)
        index = Index.open(tmp_path)
        index.verify()
        sequence = index.sequence
        assert sequence >= last
        assert sequence % 3 == 0
        last = sequence
        assert ids(index, All()) == list(range(max(sequence - 2, 1), sequence + 5)) if sequence else True
        if sequence:
            assert ids(index, Match("title", f"at {sequence}")) == list(range(sequence, sequence + 5))
    assert last > 0
