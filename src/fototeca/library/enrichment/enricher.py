"""Gives the assets of one workspace what models can tell of them, by way of the catalogue's job table.

A job is a batch of assets. Whoever works on it holds a lease, shows the pictures to the stages, stores what each finds
in one transaction with the mark that it has seen them, and removes the job. A worker that is killed leaves a job whose
lease runs out, and marks of what was stored; the next worker only does what is missing. What fails is tried again after
a pause, `MAX_ATTEMPTS` times.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import NamedTuple, TypeAlias

import msgspec

from fototeca.assets import Job
from fototeca.catalog import Records, Wanted
from fototeca.catalog.jobs import Queue
from fototeca.errors import FototecaError, ModelError
from fototeca.ingest import Failure
from fototeca.library.enrichment import leases
from fototeca.library.enrichment.leases import Leases
from fototeca.library.enrichment.looking import Batch, Outcome, prepare, show, wanted
from fototeca.library.enrichment.people import PEOPLE, group
from fototeca.library.enrichment.planning import BATCH, ENRICH, Planner
from fototeca.library.enrichment.stage import Stage
from fototeca.library.enrichment.stages import Eyes, Stages
from fototeca.library.pictures import Views

PAUSE = timedelta(seconds=2)
"""How long what failed waits for its next try."""
_POLL_SECONDS = 0.2
_KINDS = [ENRICH, PEOPLE]

OnStage: TypeAlias = Callable[[str, int, int], None]
"""Told how many assets a stage has seen, of how many."""


class Enriched(msgspec.Struct, kw_only=True):
    """What became of the assets that some stage had not seen.

    Attributes:
        seen: How many each stage has seen now, by its name.
        failed: What could not be seen, and why; it is tried again a few times.
        waiting: Why stages could not look at all, by their names.
        placed: How many faces were given to people.
        interrupted: Whether it was stopped before the end.
    """

    seen: dict[str, int] = {}
    failed: list[Failure] = []
    waiting: dict[str, str] = {}
    placed: int = 0
    interrupted: bool = False


class Standing(msgspec.Struct, kw_only=True):
    """How far one stage is; assets in the trash do not count.

    Attributes:
        maker: Names and digests of its models.
        missing: Assets that it has neither seen nor given up.
        failed: Assets that it has given up.
    """

    maker: str
    missing: int
    failed: int


class Standings(msgspec.Struct, kw_only=True):
    """How far an enrichment is.

    Attributes:
        stages: By name, those that can look.
        waiting: Why the others cannot, by their names.
        jobs: Batches that wait or are being looked at.
    """

    stages: dict[str, Standing]
    waiting: dict[str, str]
    jobs: int


class _Turn(NamedTuple):
    """A claimed job, and its pictures where it is about some."""

    job: Job
    batch: Batch | None


class _Run:
    """The stages of one run, and what came of it so far."""

    def __init__(self, stages: Stages) -> None:
        self.stages = stages
        self.outcome = Outcome()
        self.placed = 0

    @property
    def usable(self) -> list[Stage]:
        """The stages that can look, as far as is known."""
        return [stage for stage in self.stages.ready if stage.name not in self.outcome.broken]

    @property
    def wanted(self) -> list[Wanted]:
        """The same, as the catalogue knows them."""
        return [wanted(stage) for stage in self.usable]

    def report(self, *, interrupted: bool = False) -> Enriched:
        """Return what there is to tell; a failure that was repeated is told once."""
        return Enriched(
            seen=self.outcome.seen,
            failed=list(dict.fromkeys(self.outcome.failed)),
            waiting=self.stages.waiting | self.outcome.broken,
            placed=self.placed,
            interrupted=interrupted,
        )


class Enricher:
    """One workspace's way to what models see."""

    def __init__(self, workspace_id: int, *, records: Records, queue: Queue, views: Views, eyes: Eyes) -> None:
        self._workspace_id = workspace_id
        self._records = records
        self._queue = queue
        self._views = views
        self._eyes = eyes
        self._planner = Planner(records)
        self._regrouped = False
        """Whether faces were grouped since the start: whoever stored some last may have been killed before that."""

    def pending(self) -> bool:
        """Whether there may be something to do: assets that changed, other models, or jobs."""
        stages = self._eyes.stages().ready
        return bool(stages) and not self._idle([wanted(stage) for stage in stages])

    def run(self, progress: OnStage | None = None, stopping: Callable[[], bool] = lambda: False) -> Enriched:
        """Work until nothing is missing, beside any other workers.

        Args:
            progress: Told of the progress.
            stopping: Asked between batches whether to end early.

        Raises:
            ModelError: No stage can look; the message says what is missing.
            StorageError: The catalogue failed; what was reported before that is safe.
        """
        stages = self._eyes.stages()
        if not stages.ready:
            raise ModelError("; ".join(dict.fromkeys(stages.waiting.values())))
        self._open_spaces(stages.ready)
        run = _Run(stages)
        totals = {one.stage: self._records.enrichments.count_missing(one) for one in run.wanted} if progress else {}
        if not self._regrouped:
            self._records.jobs.once(PEOPLE)
            self._regrouped = True
        with Leases(self._queue, leases.LEASE) as held, ThreadPoolExecutor(1) as reading:
            turn = self._next(run, held)
            while not stopping():
                if turn is None:
                    if self._idle(run.wanted):
                        break
                    time.sleep(_POLL_SECONDS)
                    turn = self._next(run, held)
                    continue
                coming = reading.submit(self._next, run, held)
                self._take(turn, run, held)
                if progress is not None:
                    _tell(progress, run.outcome.seen, totals)
                turn = coming.result()
            if turn is not None:
                held.let_go(turn.job, self._queue.release)
        self._switch_spaces(run)
        return run.report(interrupted=turn is not None)

    def see(self, ids: Sequence[int]) -> Enriched:
        """Have these assets looked at now, by every stage that can and has not seen them, without jobs."""
        run = _Run(self._eyes.stages())
        self._open_spaces(run.usable)
        for start in range(0, len(ids), BATCH):
            batch = prepare(self._records, self._views, ids[start : start + BATCH], run.usable)
            show(self._records, self._views, batch, run.usable, run.outcome)
        if run.outcome.seen.get("faces"):
            run.placed = group(self._records)
        return run.report()

    def standing(self) -> Standings:
        """Return how far each stage is."""
        stages, failed = self._eyes.stages(), self._records.enrichments.count_given_up()
        return Standings(
            stages={
                stage.name: Standing(
                    maker=stage.maker,
                    missing=self._records.enrichments.count_missing(wanted(stage)),
                    failed=failed.get(stage.name, 0),
                )
                for stage in stages.ready
            },
            waiting=stages.waiting,
            jobs=self._records.jobs.open(_KINDS),
        )

    def retry(self, stage: str | None = None, ids: Sequence[int] | None = None) -> int:
        """Let what was given up be tried again; returns how many assets that concerns."""
        again = self._records.enrichments.forgive(stage, ids)
        return self._records.jobs.spread(ENRICH, again, BATCH)

    def _idle(self, stages: list[Wanted]) -> bool:
        return self._planner.idle(stages) and not self._records.jobs.open(_KINDS)

    def _next(self, run: _Run, held: Leases) -> _Turn | None:
        """Claim a job, planned now if need be, and read its pictures; `None` if there is none for the moment."""
        job = held.claim(_KINDS, self._workspace_id)
        if job is None:
            self._planner.plan(run.wanted)
            job = held.claim(_KINDS, self._workspace_id)
        if job is None:
            return None
        if job.kind == PEOPLE:
            return _Turn(job, None)
        return _Turn(job, prepare(self._records, self._views, job.payload["assets"], run.usable))

    def _take(self, turn: _Turn, run: _Run, held: Leases) -> None:
        """Do a job, and see to it that what is missing after it is done by another one."""
        job, batch = turn
        try:
            if batch is None:
                run.placed += group(self._records)
            else:
                show(self._records, self._views, batch, run.usable, run.outcome)
        except FototecaError as error:
            reason = error.message
            held.let_go(job, lambda mine: self._queue.fail(mine, reason))
            raise
        held.let_go(job, self._queue.drop)
        if batch is not None:
            ids = job.payload["assets"]
            missing = self._records.enrichments.missing(run.wanted, ids=ids, limit=len(ids))
            self._records.jobs.spread(ENRICH, missing, BATCH, PAUSE)
            if batch.lacking.get("faces"):
                self._records.jobs.once(PEOPLE)

    def _open_spaces(self, stages: Sequence[Stage]) -> None:
        for stage in stages:
            if stage.space is not None:
                name, dimension, owner, model = stage.space
                self._records.spaces.create(name, dimension=dimension, owner=owner, model=model)

    def _switch_spaces(self, run: _Run) -> None:
        """Let searches use the spaces that are complete."""
        for stage in run.usable:
            if stage.space is None or self._records.spaces.get(stage.space.name).current:
                continue
            if not self._records.enrichments.missing([wanted(stage)], limit=1):
                self._records.spaces.make_current(stage.space.name)


def _tell(progress: OnStage, seen: dict[str, int], totals: dict[str, int]) -> None:
    for stage, total in totals.items():
        done = seen.get(stage, 0)
        if total or done:
            progress(stage, done, max(done, total))
