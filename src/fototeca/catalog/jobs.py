"""Jobs: a queue of work in the catalogue, for any number of workers.

A worker claims a job for a time, its lease, and extends it while it works. A job whose lease has run out is claimed
again; the number of attempts tells its former worker that the job is no longer its own. Jobs are not in the change log.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Text, insert, select, update

from fototeca.assets import Job, JobState
from fototeca.catalog import columns
from fototeca.catalog import tables as t
from fototeca.catalog.columns import among
from fototeca.catalog.database import Database, fields_of, many, one
from fototeca.errors import Conflict

MAX_ATTEMPTS = 3

_JOB = select(*fields_of(t.jobs, Job), t.workspaces.c.name.label("workspace")).join(
    t.workspaces, t.jobs.c.workspace_id == t.workspaces.c.id
)


class Jobs:
    """The jobs of a workspace."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def enqueue(self, kind: str, payload: dict[str, Any]) -> Job:
        """Add a job, to be done as soon as a worker is free.

        Raises:
            NotFound: There is no such workspace.
        """
        with self._database.write(self._workspace_id) as transaction:
            at = transaction.at
            row = {"kind": kind, "state": JobState.QUEUED, "payload": payload, "attempts": 0, "due": at}
            owner = {"uuid": uuid4().hex, "workspace_id": self._workspace_id, "created": at, "updated": at}
            id_ = transaction.connection.execute(
                insert(t.jobs).values(**row, **owner).returning(t.jobs.c.id)
            ).scalar_one()
        return self.get(id_)

    def get(self, key: int | str) -> Job:
        """A job by its id or UUID.

        Raises:
            NotFound: There is none.
        """
        match = t.jobs.c.id == key if isinstance(key, int) else t.jobs.c.uuid == key
        with self._database.read() as connection:
            return one(connection, Job, _JOB.where(match, t.jobs.c.workspace_id == self._workspace_id), f"job {key}")

    def all(self, *, kind: str | None = None, state: JobState | None = None, limit: int = 1000) -> list[Job]:
        """The newest `limit` jobs, of one kind and state or of any, the newest first."""
        statement = _JOB.where(t.jobs.c.workspace_id == self._workspace_id).order_by(t.jobs.c.id.desc()).limit(limit)
        if kind is not None:
            statement = statement.where(t.jobs.c.kind == kind)
        if state is not None:
            statement = statement.where(t.jobs.c.state == state)
        with self._database.read() as connection:
            return many(connection, Job, statement)


class Queue:
    """The jobs of all workspaces, as workers take them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, kinds: Sequence[str], lease: timedelta) -> Job | None:
        """Take the job that is due for longest, of any workspace; `None` if nothing is due.

        A job whose lease ran out in its last attempt fails instead.
        """
        at = columns.now()
        due = select(t.jobs.c.id).where(among(t.jobs.c.kind, "kinds", Text), t.jobs.c.due <= at)
        lost = t.jobs.c.attempts >= MAX_ATTEMPTS
        next_one = due.where(~lost).order_by(t.jobs.c.due, t.jobs.c.id).limit(1).with_for_update(skip_locked=True)
        given_up = _failed("its worker was lost in every attempt", at)
        claimed = {"state": JobState.RUNNING, "attempts": t.jobs.c.attempts + 1, "due": at + lease, "updated": at}
        with self._database.transaction() as connection:
            hopeless = due.where(lost).with_for_update(skip_locked=True)
            connection.execute(update(t.jobs).where(t.jobs.c.id.in_(hopeless)).values(given_up), {"kinds": kinds})
            statement = update(t.jobs).where(t.jobs.c.id == next_one.scalar_subquery()).values(claimed)
            id_ = connection.scalar(statement.returning(t.jobs.c.id), {"kinds": kinds})
            return None if id_ is None else one(connection, Job, _JOB.where(t.jobs.c.id == id_), f"job {id_}")

    def extend(self, job: Job, lease: timedelta, progress: dict[str, Any] | None = None) -> None:
        """Keep a claimed job for longer, and tell how far it is.

        Raises:
            Conflict: The job is no longer this worker's.
        """
        at = columns.now()
        shown = {} if progress is None else {"result": progress}
        self._set(job, {"due": at + lease, "updated": at, **shown})

    def finish(self, job: Job, result: dict[str, Any] | None = None) -> None:
        """Store the result of a claimed job.

        Raises:
            Conflict: The job is no longer this worker's.
        """
        self._set(job, {"state": JobState.DONE, "result": result, "error": None, "due": None, "updated": columns.now()})

    def fail(self, job: Job, error: str, *, retry: bool = True) -> None:
        """Store why a claimed job failed. It is tried again after a pause, unless it has had its attempts or may not.

        Raises:
            Conflict: The job is no longer this worker's.
        """
        at = columns.now()
        if retry and job.attempts < MAX_ATTEMPTS:
            pause = timedelta(seconds=2**job.attempts)
            self._set(job, {"state": JobState.QUEUED, "error": error, "due": at + pause, "updated": at})
        else:
            self._set(job, _failed(error, at))

    def _set(self, job: Job, values: dict[str, Any]) -> None:
        mine = (t.jobs.c.id == job.id, t.jobs.c.state == JobState.RUNNING, t.jobs.c.attempts == job.attempts)
        with self._database.transaction() as connection:
            if not connection.execute(update(t.jobs).where(*mine).values(values)).rowcount:
                raise Conflict(f"job {job.id} has another worker now, or is over")


def _failed(error: str, at: datetime) -> dict[str, Any]:
    return {"state": JobState.FAILED, "error": error, "due": None, "updated": at}
