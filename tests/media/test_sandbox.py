"""Reading in processes of their own: hostile files, hanging ones, crashes, and an orderly end."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from threading import Thread
from time import sleep

import numpy as np
import pytest
from PIL import Image

from fototeca.errors import CorruptMedia, FototecaError, MediaTimeout, MediaTooLarge, StorageError, UnsupportedMedia
from fototeca.media import Limits, Media, Reader
from tests.videos import scene, still, video

MIB = 1 << 20


@dataclass(frozen=True)
class File:
    """A file as ingest might hand it in: with something of its own beside."""

    source: Path | bytes
    filename: str
    number: int = 0


def png(size: tuple[int, int], mode: str = "RGB") -> bytes:
    target = io.BytesIO()
    Image.new(mode, size).save(target, "PNG", compress_level=1)
    return target.getvalue()


@pytest.fixture(scope="module")
def small() -> bytes:
    return png((40, 30))


@pytest.fixture(scope="module")
def slow() -> bytes:
    """Takes a second or more to read, and little to make."""
    return png((13000, 13000))


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(2) as reader:
        yield reader


def test_read_gives_back_media_and_raises_errors(reader: Reader, small: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(small)
    assert reader.read(small, "a.png") == reader.read(path, "a.png")
    with pytest.raises(UnsupportedMedia, match="PostScript"):
        reader.read(b"%!PS", "a.eps")
    with pytest.raises(CorruptMedia, match="truncated"):
        reader.read(small[:-30], "a.png")


def test_map_gives_back_each_item_with_its_result(reader: Reader, small: bytes) -> None:
    files = [File(small if number % 3 else b"words", f"{number}.png", number) for number in range(30)]
    results = dict(reader.map(files))
    assert set(results) == set(files)
    for file, result in results.items():
        assert isinstance(result, Media if file.number % 3 else UnsupportedMedia)
        assert not isinstance(result, Media) or result.filename == file.filename


def test_map_takes_items_only_as_fast_as_results_are_taken(reader: Reader, small: bytes) -> None:
    taken = []

    def endless() -> Iterator[File]:
        for number in range(1_000_000):
            taken.append(number)
            yield File(small, f"{number}.png", number)

    results = reader.map(endless())
    for _ in range(3):
        next(results)
    assert len(taken) <= 10
    results.close()  # type: ignore[attr-defined]
    assert reader.read(small, "afterwards").width == 40


def test_file_that_takes_too_long_is_given_up(slow: bytes, small: bytes) -> None:
    with Reader(1, Limits(max_seconds=0.2)) as reader:
        reader.read(small, "small")
        with pytest.raises(MediaTimeout, match=r"0\.2 s"):
            reader.read(slow, "slow")
        assert reader.read(small, "the next").width == 40


def test_crash_costs_only_its_file(slow: bytes, small: bytes) -> None:
    others = multiprocessing.active_children()
    with Reader(1) as reader:
        reader.read(small, "small")
        killed: list[int] = []

        def kill() -> None:
            sleep(0.3)
            for process in set(multiprocessing.active_children()).difference(others):
                killed.append(process.pid or 0)
                os.kill(process.pid or 0, signal.SIGSEGV)

        killer = Thread(target=kill)
        killer.start()
        with pytest.raises(CorruptMedia, match="crashed"):
            reader.read(slow, "slow")
        killer.join()
        assert killed
        assert reader.read(small, "the next").width == 40


def test_readers_that_are_ended_from_outside_say_so_and_have_successors(small: bytes) -> None:
    others = multiprocessing.active_children()
    with Reader(2) as reader:
        reader.read(small, "small")
        for process in set(multiprocessing.active_children()).difference(others):
            os.kill(process.pid or 0, signal.SIGKILL)
        with pytest.raises(StorageError, match="readers were stopped"):
            reader.read(small, "at once")
        assert reader.read(small, "later").width == 40
        assert [media.width for _, media in reader.map([File(small, "last")]) if isinstance(media, Media)] == [40]


def test_interrupts_are_blocked_in_the_processes_from_their_start(reader: Reader, small: bytes) -> None:
    reader.read(small, "small")
    for process in multiprocessing.active_children():
        status = dict(line.split(":", 1) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines())
        assert int(status["SigBlk"], 16) & 1 << signal.SIGINT - 1


def test_closed_reader_says_so(small: bytes) -> None:
    with Reader(1) as reader:
        pass
    with pytest.raises(StorageError, match="readers were stopped"):
        reader.read(small, "late")


def test_memory_is_bounded(slow: bytes, small: bytes) -> None:
    with Reader(1, Limits(max_memory=256 * MIB)) as reader:
        with pytest.raises(MediaTooLarge, match="memory"):
            reader.read(slow, "slow")
        assert reader.read(small, "the next").width == 40


def test_pixels_come_along_where_asked(small: bytes) -> None:
    with Reader(1, keep_pixels=True) as reader:
        pixels = reader.read(small, "small").pixels
    assert pixels is not None
    assert np.array_equal(pixels, np.zeros((30, 40, 3), np.uint8))


def test_nothing_is_left_behind(small: bytes) -> None:
    before = set(multiprocessing.active_children())
    with Reader(2) as reader:
        reader.read(small, "small")
        workers = set(multiprocessing.active_children()) - before
        assert workers
    assert not set(multiprocessing.active_children()) - before
    assert not any(worker.is_alive() for worker in workers)


def test_odd_files(shared: Path) -> None:
    """No crash, no hang, a bound on memory, and a reason for every refusal."""
    files = [File(path, path.name) for path in sorted((shared / "photos/odd").rglob("*")) if path.is_file()]
    accepted, refused, peak = 0, [], 0
    with Reader(2, Limits(max_seconds=20)) as reader:
        for file, result in reader.map(files):
            peak = max(peak, *(resident(process.pid) for process in multiprocessing.active_children()))
            if isinstance(result, FototecaError):
                refused.append((file.source, result))
            else:
                accepted += 1
    counts = Counter(f"{type(error).__name__}: {error}" for _, error in refused)
    report = f"accepted {accepted}, peak {peak / MIB:.0f} MiB, refused:\n" + "\n".join(
        f"{count:5} {reason}" for reason, count in counts.most_common()
    )
    assert accepted + len(refused) == len(files) == 1032, report
    assert accepted >= 650, report
    assert {type(error) for _, error in refused} <= {UnsupportedMedia, CorruptMedia, MediaTooLarge}, report
    assert not any("crashed" in error.message or "failed" in error.message for _, error in refused), report
    assert peak < 600 * MIB, report


def resident(pid: int | None) -> int:
    """The most memory that a process ever held, bytes; 0 once it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


def test_moments_of_a_video_come_as_small_pictures(reader: Reader, small: bytes) -> None:
    clip = video(chain(still(scene(1), 40), still(scene(2), 40)))
    moments = reader.stills(clip, 100)
    assert [moment.seconds for moment in moments] == pytest.approx([0, 1.6], abs=0.15)
    assert [Image.open(io.BytesIO(moment.jpeg)).size for moment in moments] == [(100, 82)] * 2
    with pytest.raises(UnsupportedMedia, match="no moments"):
        reader.stills(small, 100)


def test_looking_for_moments_is_given_up_after_its_own_time() -> None:
    clip = video(still(scene(1, (1280, 720)), 100), codec="mpeg4")
    with Reader(1, Limits(max_scan_seconds=0.05)) as reader:
        assert reader.read(clip, "clip.mp4").duration == 4
        with pytest.raises(MediaTimeout, match=r"0\.05 s"):
            reader.stills(clip, 100)


def test_large_files_have_more_time() -> None:
    with Reader(1, Limits(max_seconds=2)) as reader:
        assert reader._reading(bytes(64 * MIB), "large").seconds == 4
        assert reader._reading(Path("gone"), "gone").seconds == 2
