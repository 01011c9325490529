"""Reading files in processes of their own, so that no file can hang, crash or exhaust the program."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import resource_tracker
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from fototeca.errors import CorruptMedia, FototecaError, MediaError, MediaTimeout, StorageError
from fototeca.media.frames import Still, stills
from fototeca.media.limits import BYTES_PER_SECOND, Limits
from fototeca.media.reading import Media, read
from fototeca.media.transform import Made, Plan, transform

QUEUE = 2
"""Files per process that are read or wait to be read; more would only cost memory."""

_STOPPED = "the readers were stopped"


class Readable(Protocol):
    """What can be read; it may carry whatever else its owner needs to know when it comes back."""

    @property
    def source(self) -> Path | bytes:
        """The file, or its bytes."""
        ...

    @property
    def filename(self) -> str:
        """What the file is called."""
        ...


Item = TypeVar("Item", bound=Readable)
T = TypeVar("T")


class _Job(NamedTuple, Generic[T]):
    """What a process is to do, and how long it may take."""

    function: Callable[..., T]
    args: tuple[Any, ...]
    options: dict[str, Any]
    seconds: float


class Reader:
    """A pool of processes that read files; safe to use from many threads. Close it, or use it in a `with`.

    A file that takes too long is given up by killing its process, one that crashes a decoder costs only its process,
    and the operating system bounds memory. Processes that ended are replaced.

    Args:
        workers: Processes; by default one for each core.
        limits: Bounds on each file.
        keep_pixels: Whether models are to be fed from the decode.
    """

    def __init__(self, workers: int | None = None, limits: Limits | None = None, *, keep_pixels: bool = False) -> None:
        self._workers = workers or len(os.sched_getaffinity(0))
        self._limits = limits or Limits()
        self._keep_pixels = keep_pixels
        # A fork of a program with threads may inherit a lock that nobody will ever release, so the processes are forked
        # from a server that has none, and has imported all that they need; this program itself decodes no video.
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__, "fototeca.media.video"])
        self._lock = threading.Lock()
        self._closed = False
        self._pool = self._new_pool()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes; what is being read is given up."""
        with self._lock:
            self._closed = True
            self._end(self._pool)

    def read(self, source: Path | bytes, filename: str) -> Media:
        """Read one file.

        Raises:
            MediaTimeout: It takes too long.
            MediaError: As `fototeca.media.read`.
            StorageError: The processes were ended from outside while they read, or by `close`.
        """
        return self._result(self._schedule(self._reading(source, filename)))

    def stills(self, source: Path | bytes, longest: int) -> list[Still]:
        """Find the moments of a video; see `fototeca.media.frames.stills`.

        Raises:
            MediaTimeout: It takes too long.
            MediaError: It is no video, or is broken or too large.
            StorageError: As `read`.
        """
        limits = self._limits
        seconds = limits.max_scan_seconds
        job = _Job(stills, (source,), {"limits": limits, "longest": longest}, seconds)
        return self._result(self._schedule(job), seconds)

    def transform(self, source: Path | bytes, plan: Plan) -> Made:
        """Make a picture of an image or of a frame of a video, as a plan says; raises as `read` does."""
        seconds = self._limits.max_seconds + min(_size(source), self._limits.max_bytes) / BYTES_PER_SECOND
        return self._result(self._schedule(_Job(transform, (source, plan), {"limits": self._limits}, seconds)))

    def map(self, items: Iterable[Item]) -> Iterator[tuple[Item, Media | FototecaError]]:
        """Read many files, each given back with what came of it, as soon as it is done.

        Items are taken only as fast as the results are, so their number does not matter.

        Raises:
            StorageError: The processes were ended from outside, or by `close`.
        """
        pending: dict[Future[Media], Item] = {}
        try:
            for item in items:
                pending[self._schedule(self._reading(item.source, item.filename))] = item
                if len(pending) >= QUEUE * self._workers:
                    yield from self._finished(pending)
            while pending:
                yield from self._finished(pending)
        finally:
            for future in pending:
                future.cancel()

    def _finished(self, pending: dict[Future[Media], Item]) -> Iterator[tuple[Item, Media | FototecaError]]:
        for future in wait(pending, return_when=FIRST_COMPLETED).done:
            item = pending.pop(future)
            try:
                yield item, self._result(future)
            except StorageError:
                raise
            except FototecaError as error:
                yield item, error

    def _reading(self, source: Path | bytes, filename: str) -> _Job[Media]:
        seconds = self._limits.max_seconds + _size(source) / BYTES_PER_SECOND
        options = {"filename": filename, "limits": self._limits, "keep_pixels": self._keep_pixels}
        return _Job(read, (source,), options, seconds)

    def _schedule(self, job: _Job[T]) -> Future[T]:
        # The first file starts the processes, and they inherit what is blocked: an interrupt from the terminal is for
        # the program, and must not end those that are only starting. The tracker's own start would unblock it.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        pool = self._pool
        try:
            return self._submit(pool, job)
        except RuntimeError:
            return self._submit(self._successor(pool), job)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    @staticmethod
    def _submit(pool: ProcessPool, job: _Job[T]) -> Future[T]:
        future: Future[T] = pool.schedule(job.function, args=job.args, kwargs=job.options, timeout=job.seconds)
        return future

    def _successor(self, broken: ProcessPool) -> ProcessPool:
        """Return the pool that takes the place of one that was ended from outside, such as for want of memory."""
        with self._lock:
            if self._closed:
                raise StorageError(_STOPPED)
            if self._pool is broken:
                self._end(broken)
                self._pool = self._new_pool()
            return self._pool

    def _new_pool(self) -> ProcessPool:
        memory = (self._limits.max_memory,)
        return ProcessPool(self._workers, initializer=_confine, initargs=memory, context=self._context)

    @staticmethod
    def _end(pool: ProcessPool) -> None:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()

    def _result(self, future: Future[T], seconds: float | None = None) -> T:
        try:
            return future.result()
        except FototecaError:
            raise
        except TimeoutError as error:
            allowed = seconds or self._limits.max_seconds
            raise MediaTimeout(f"reading took longer than the {allowed:g} s allowed") from error
        except (BrokenProcessPool, CancelledError) as error:
            raise StorageError(_STOPPED) from error
        except ProcessExpired as error:
            raise CorruptMedia("the decoder crashed on this file") from error
        except Exception as error:  # one bad file must not end a batch, whatever it meets
            raise MediaError(f"reading failed: {type(error).__name__}: {error}") from error


def _size(source: Path | bytes) -> int:
    """Bytes of a file; none of one that cannot be read, which its reading will tell."""
    try:
        return source.stat().st_size if isinstance(source, Path) else len(source)
    except OSError:
        return 0


def _confine(memory: int) -> None:
    """Let this process take `memory` bytes of address space more than it has now, and keep its decoders quiet."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        present = int(statm.read_text().split()[0]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        bound = present + memory if hard == resource.RLIM_INFINITY else min(present + memory, hard)
        resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
    # libtiff writes about bad files to the standard error; the error that is raised says the same.
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
