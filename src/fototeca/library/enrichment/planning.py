"""Which assets need to be looked at: from the catalogue to its job table."""

from __future__ import annotations

from collections.abc import Sequence

from fototeca.assets import Job, JobState
from fototeca.catalog import Records, Wanted

ENRICH = "enrich"
"""Kind of the jobs that have assets looked at."""

BATCH = 16
"""Assets of a job: their pictures are in memory together, about 75 MB of them."""

_PLANNED = 4096
_ENOUGH = 256
"""Jobs that wait; while there are more, none are added."""
_CHANGES = 5000


class Planner:
    """Keeps one workspace's job table filled with what is missing.

    It goes once through all assets, and from then on only through those that the change log names. That is done anew
    when other models are installed. Any number of planners may plan for one workspace.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._wanted: list[Wanted] = []
        self._after = 0
        self._followed = 0
        self._through = False

    def idle(self, wanted: Sequence[Wanted]) -> bool:
        """Whether everything that is committed by now is planned for these stages."""
        return list(wanted) == self._wanted and self._through and self._followed >= self._records.changes.head()

    def plan(self, wanted: Sequence[Wanted]) -> None:
        """Add jobs for some of the assets that one of these stages has not seen, if the queue is short."""
        if list(wanted) != self._wanted:
            self._wanted, self._after, self._through = list(wanted), 0, False
        for job in self._records.jobs.all(kind=ENRICH, state=JobState.FAILED):
            self._take_apart(job)
        if self._records.jobs.open([ENRICH]) < _ENOUGH:
            (self._follow if self._through else self._go_through)()

    def _go_through(self) -> None:
        if not self._after:
            self._followed = self._records.changes.head()
        ids = self._records.enrichments.missing(self._wanted, after_id=self._after, limit=_PLANNED)
        self._records.jobs.spread(ENRICH, ids, BATCH)
        self._through = len(ids) < _PLANNED
        self._after = 0 if self._through else ids[-1]

    def _follow(self) -> None:
        changes = self._records.changes.since(self._followed, _CHANGES)
        ids = sorted({change.entity_id for change in changes if change.entity == "asset"})
        missing = self._records.enrichments.missing(self._wanted, ids=ids, limit=len(ids)) if ids else []
        self._records.jobs.spread(ENRICH, missing, BATCH)
        if changes:
            self._followed = changes[-1].sequence

    def _take_apart(self, job: Job) -> None:
        """Find the asset that ends its workers: try those of a lost job one by one; the one left alone is given up."""
        ids = job.payload["assets"]
        if len(ids) == 1:
            assets = self._records.assets.load(ids)
            for stage, maker, kinds in self._wanted:
                if self._records.enrichments.missing([Wanted(stage, maker, kinds)], ids=ids):
                    errors = [(asset, str(job.error)) for asset in assets]
                    self._records.enrichments.fail(stage, maker, errors, final=True)
        else:
            self._records.jobs.spread(ENRICH, ids, 1)
        self._records.jobs.remove([job.id])
