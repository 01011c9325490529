"""Jobs: a queue of work in the catalogue, for any number of workers.

A worker claims a job for a time, its lease, and extends it while it works. A job whose lease has run out is claimed
again; the number of attempts tells its former worker that the job is no longer its own. Jobs are not in the change log.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Select, Text, delete, func, insert, select, update

from fototeca.assets import Job, JobState
from fototeca.catalog import columns
from fototeca.catalog import tables as t
from fototeca.catalog.columns import among
from fototeca.catalog.database import Database, fields_of, many, one
from fototeca.errors import Conflict

MAX_ATTEMPTS = 3

_LOST = "job {} has another worker now, or is over"

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

    def spread(self, kind: str, asset_ids: Sequence[int], size: int, pause: timedelta = timedelta()) -> int:
        """Add jobs of at most `size` assets each, for those assets that no job of this kind waits or works for.

        Args:
            kind: Of the jobs; their payload is {"assets": [...]}.
            asset_ids: In their order.
            size: Assets of a job.
            pause: How long to wait before the first try.

        Returns:
            How many assets are new to the queue.
        """
        with self._database.write(self._workspace_id) as transaction:
            busy = {
                asset_id
                for payload in transaction.connection.scalars(_open_payloads(self._workspace_id, kind))
                for asset_id in payload.get("assets", ())
            }
            wanted = [asset_id for asset_id in asset_ids if asset_id not in busy]
            at = transaction.at
            owner = {"workspace_id": self._workspace_id, "created": at, "updated": at, "due": at + pause}
            rows = [
                {
                    "uuid": uuid4().hex,
                    "kind": kind,
                    "state": JobState.QUEUED,
                    "payload": {"assets": wanted[start : start + size]},
                    "attempts": 0,
                    **owner,
                }
                for start in range(0, len(wanted), size)
            ]
            if rows:
                transaction.connection.execute(insert(t.jobs), rows)
            return len(wanted)

    def once(self, kind: str) -> None:
        """Add a job without a payload, unless one of this kind waits to be done."""
        with self._database.write(self._workspace_id) as transaction:
            waiting = _open_payloads(self._workspace_id, kind).where(t.jobs.c.state == JobState.QUEUED)
            if transaction.connection.scalar(waiting.limit(1)) is None:
                at = transaction.at
                row = {"kind": kind, "state": JobState.QUEUED, "payload": {}, "attempts": 0, "due": at}
                owner = {"uuid": uuid4().hex, "workspace_id": self._workspace_id, "created": at, "updated": at}
                transaction.connection.execute(insert(t.jobs).values(**row, **owner))

    def open(self, kinds: Sequence[str]) -> int:
        """How many jobs of these kinds wait or are being worked on."""
        statement = select(func.count()).where(
            t.jobs.c.workspace_id == self._workspace_id, t.jobs.c.due.is_not(None), among(t.jobs.c.kind, "kinds", Text)
        )
        with self._database.read() as connection:
            return connection.execute(statement, {"kinds": kinds}).scalar_one()

    def remove(self, ids: Sequence[int]) -> None:
        """Remove jobs of which nobody wants to know any more."""
        with self._database.write(self._workspace_id) as transaction:
            mine = t.jobs.c.workspace_id == self._workspace_id
            transaction.connection.execute(delete(t.jobs).where(among(t.jobs.c.id), mine), {"ids": ids})

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

    def claim(self, kinds: Sequence[str], lease: timedelta, workspace_id: int | None = None) -> Job | None:
        """Take the job that is due for longest, of one workspace or of any; `None` if nothing is due.

        A job whose lease ran out in its last attempt fails instead.
        """
        at = columns.now()
        due = select(t.jobs.c.id).where(among(t.jobs.c.kind, "kinds", Text), t.jobs.c.due <= at)
        if workspace_id is not None:
            due = due.where(t.jobs.c.workspace_id == workspace_id)
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

    def release(self, job: Job) -> None:
        """Give a claimed job back, as if it had not been claimed.

        Raises:
            Conflict: The job is no longer this worker's.
        """
        at = columns.now()
        self._set(job, {"state": JobState.QUEUED, "attempts": job.attempts - 1, "due": at, "updated": at})

    def drop(self, job: Job) -> None:
        """Remove a claimed job that is done, and of which nobody wants to know.

        Raises:
            Conflict: The job is no longer this worker's.
        """
        with self._database.transaction() as connection:
            if not connection.execute(delete(t.jobs).where(*_held(job))).rowcount:
                raise Conflict(_LOST.format(job.id))

    def _set(self, job: Job, values: dict[str, Any]) -> None:
        with self._database.transaction() as connection:
            if not connection.execute(update(t.jobs).where(*_held(job)).values(values)).rowcount:
                raise Conflict(_LOST.format(job.id))


def _held(job: Job) -> list[ColumnElement[bool]]:
    """Whether a job is still its worker's."""
    return [t.jobs.c.id == job.id, t.jobs.c.state == JobState.RUNNING, t.jobs.c.attempts == job.attempts]


def _open_payloads(workspace_id: int, kind: str) -> Select[dict[str, Any]]:
    """The payloads of the jobs of a kind that wait or are being worked on: those that are due at some time."""
    return select(t.jobs.c.payload).where(
        t.jobs.c.workspace_id == workspace_id, t.jobs.c.kind == kind, t.jobs.c.due.is_not(None)
    )


def _failed(error: str, at: datetime) -> dict[str, Any]:
    return {"state": JobState.FAILED, "error": error, "due": None, "updated": at}
