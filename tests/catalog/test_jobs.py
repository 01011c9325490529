from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from fototeca.assets import Job, JobState
from fototeca.catalog import Catalog
from fototeca.catalog.jobs import MAX_ATTEMPTS
from fototeca.errors import Conflict, NotFound

MINUTE = timedelta(minutes=1)
OVER = timedelta(0)


def claim(catalog: Catalog, lease: timedelta = MINUTE) -> Job:
    job = catalog.queue.claim(["export"], lease)
    assert job is not None
    return job


def test_a_job_from_queue_to_result(catalog: Catalog, workspace: int) -> None:
    queued = catalog.records(workspace).jobs.enqueue("export", {"ids": [1]})
    assert (queued.state, queued.workspace, queued.attempts) == (JobState.QUEUED, "home", 0)
    assert catalog.queue.claim(["other"], MINUTE) is None
    job = claim(catalog)
    assert (job.id, job.state, job.attempts, job.payload) == (queued.id, JobState.RUNNING, 1, {"ids": [1]})
    assert catalog.queue.claim(["export"], MINUTE) is None
    catalog.queue.extend(job, MINUTE, {"done": 1})
    assert catalog.records(workspace).jobs.get(job.uuid).result == {"done": 1}
    catalog.queue.finish(job, {"url": "x"})
    done = catalog.records(workspace).jobs.get(job.id)
    assert (done.state, done.result) == (JobState.DONE, {"url": "x"})
    with pytest.raises(Conflict):
        catalog.queue.finish(job)


def test_jobs_are_claimed_in_order(catalog: Catalog, workspace: int, other: int) -> None:
    ids = [catalog.records(owner).jobs.enqueue("export", {}).id for owner in (workspace, other, workspace)]
    assert [claim(catalog).id for _ in ids] == ids


def test_a_failed_job_waits_and_then_fails_for_good(catalog: Catalog, workspace: int) -> None:
    id_ = catalog.records(workspace).jobs.enqueue("export", {}).id
    catalog.queue.fail(claim(catalog), "first")
    waiting = catalog.records(workspace).jobs.get(id_)
    assert (waiting.state, waiting.error) == (JobState.QUEUED, "first")
    assert catalog.queue.claim(["export"], MINUTE) is None
    other = catalog.records(workspace).jobs.enqueue("export", {}).id
    catalog.queue.fail(claim(catalog), "bad input", retry=False)
    assert catalog.records(workspace).jobs.get(other).state is JobState.FAILED


def test_a_lost_worker_loses_its_job(catalog: Catalog, workspace: int) -> None:
    catalog.records(workspace).jobs.enqueue("export", {})
    lost, heir = claim(catalog, OVER), claim(catalog)
    assert (lost.id, heir.attempts) == (heir.id, 2)
    with pytest.raises(Conflict):
        catalog.queue.finish(lost)
    with pytest.raises(Conflict):
        catalog.queue.extend(lost, MINUTE)
    catalog.queue.finish(heir)


def test_a_job_that_kills_its_workers_fails(catalog: Catalog, workspace: int) -> None:
    id_ = catalog.records(workspace).jobs.enqueue("export", {}).id
    for _ in range(MAX_ATTEMPTS):
        claim(catalog, OVER)
    assert catalog.queue.claim(["export"], OVER) is None
    job = catalog.records(workspace).jobs.get(id_)
    assert (job.state, job.attempts) == (JobState.FAILED, MAX_ATTEMPTS)
    assert job.error is not None


def test_a_job_is_claimed_by_one_worker(catalog: Catalog, workspace: int) -> None:
    ids = [catalog.records(workspace).jobs.enqueue("export", {}).id for _ in range(20)]
    with ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(lambda _: catalog.queue.claim(["export"], MINUTE), range(28)))
    found = [job.id for job in claimed if job is not None]
    assert sorted(found) == sorted(set(found))
    assert set(found) <= set(ids)
    while job := catalog.queue.claim(["export"], MINUTE):
        found.append(job.id)
    assert sorted(found) == ids


def test_lists_are_of_one_workspace(catalog: Catalog, workspace: int, other: int) -> None:
    first = catalog.records(workspace).jobs.enqueue("export", {})
    second = catalog.records(workspace).jobs.enqueue("import", {})
    assert [job.id for job in catalog.records(workspace).jobs.all()] == [second.id, first.id]
    assert [job.id for job in catalog.records(workspace).jobs.all(kind="export", state=JobState.QUEUED)] == [first.id]
    assert catalog.records(workspace).jobs.all(state=JobState.DONE) == []
    assert catalog.records(other).jobs.all() == []
    with pytest.raises(NotFound):
        catalog.records(other).jobs.get(first.id)
