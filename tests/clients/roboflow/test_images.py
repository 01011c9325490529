"""Tags, facts, deletion and annotation jobs, by the official SDK."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clients.roboflow.helpers import VOC, Cli, found, uploaded
from tests.server.conftest import Served

# The SDK leaves the annotation files that it sends to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


def test_facts_of_one_and_of_many(home: Any, ws: Any, errors: Any, photo: Callable[..., str], cli: Cli) -> None:
    first, second = uploaded(home, photo("f1.jpg")), uploaded(home, photo("f2.jpg"))
    assert ws.update_image_metadata(first, metadata={"k": 1, "b": True, "x": {"y": "z"}}, add_tags=["fact"]) == {
        "success": True
    }
    assert ws.update_image_metadata(first, remove_metadata=["b"], remove_tags=["gone"]) == {"success": True}
    assert home.image(first)["metadata"] == {"k": 1, "x.y": "z"}
    for given, message in (
        ({"add_tags": ["a b"]}, "Invalid tag"),
        ({}, "At least one of"),
        ({"metadata": {"a": [1]}}, "must be a string"),
        ({"metadata": {"a/b": 1}}, "cannot name metadata"),
        ({"metadata": {"a": 1}, "remove_metadata": ["a"]}, "to be set and to be removed"),
        ({"add_tags": ["a"], "remove_tags": ["a"]}, "to be set and to be removed"),
    ):
        with pytest.raises(errors.RoboflowError, match=message):
            ws.update_image_metadata(first, **given)
    with pytest.raises(errors.RoboflowError, match="Image not found"):
        ws.update_image_metadata("im/g 1", metadata={"k": "v"})
    updates = [
        {"imageId": first, "metadata": {"k": 2}},
        {"imageId": "bogus", "addTags": ["many"]},
        {"imageId": second, "addTags": ["many"]},
    ]
    started = ws.batch_update_image_metadata(updates)
    assert started["url"].endswith(started["taskId"])
    task = ws.batch_update_image_metadata(updates, wait=True)
    assert task["status"] == "completed"
    assert task["result"]["succeeded"] == 2
    assert task["result"]["failedItems"][0]["imageId"] == "bogus"
    assert found(ws, "tag:many") == {second}
    assert found(ws, "metadata.k:2") == {first}
    assert ws.get_async_task(started["taskId"])["status"] == "completed"
    with pytest.raises(errors.RoboflowError):
        ws.get_async_task("un/known")
    with pytest.raises(errors.RoboflowError, match="Invalid tag"):
        ws.batch_update_image_metadata([*updates, {"imageId": first, "addTags": ["no good"]}])
    cli("--json", "image", "metadata", first, "--tags", "from-cli", "-m", '{"n": 5}')
    assert found(ws, "tag:from-cli metadata.n:5") == {first}


def test_tags_by_rest(home: Any, served: Served, key: str, photo: Callable[..., str]) -> None:
    image = uploaded(home, photo("t.jpg"), tag_names=["old"])
    url = f"{served.origin}/demo/uploads/images/{image}/tags"
    for body, tags in (
        ({"operation": "add", "tags": "new"}, ["old", "new"]),
        ({"operation": "remove", "tags": ["old"]}, ["new"]),
        ({"operation": "set", "tags": ["a", "b"]}, ["a", "b"]),
    ):
        assert httpx.post(url, params={"api_key": key}, json=body).json() == {"success": True, "tags": tags}
    assert httpx.post(url, params={"api_key": key}, json={"operation": "turn", "tags": []}).status_code == 400


def test_images_leave_a_project_and_then_the_workspace(
    home: Any, ws: Any, cli: Cli, photo: Callable[..., str], errors: Any
) -> None:
    image, other = uploaded(home, photo("d1.jpg")), uploaded(home, photo("d2.jpg"))
    assert ws.delete_images([image])["skippedSources"] == [image], "it is in a project"
    home.delete_images([image])
    assert image in found(ws, "project:false")
    with pytest.raises(RuntimeError, match=r"^Image not found\.$"):
        home.image(image)
    deleted = json.loads(cli("--json", "image", "delete", f"{image},{other}", "-p", "uploads").stdout)
    assert (deleted["deleted"], deleted["skipped"]) == ([image], [other])
    assert found(ws, f"id:{image} OR id:{other}") == {other}
    with pytest.raises(RuntimeError, match="name at least one image"):
        home.delete_images([])


def test_annotation_jobs(home: Any, ws: Any, photo: Callable[..., str], tmp_path: Path, cli: Cli) -> None:
    images = [uploaded(home, photo(f"j{number}.jpg"), batch_name="For jobs") for number in range(3)]
    [batch] = [each["id"] for each in home.get_batches()["batches"] if each["name"] == "For jobs"]
    with pytest.raises(RuntimeError, match=r"^Batch not found$"):
        home.get_batch("gone")
    job = home.create_annotation_job(
        name="First", batch_id=batch, num_images=2, labeler_email="l@x.org", reviewer_email="r@x.org"
    )
    assert (job["name"], job["numImages"], job["annotated"], job["status"]) == ("First", 2, 0, "assigned")
    assert (job["labeler"], job["sourceBatch"]) == ("l@x.org", f"uploads/{batch}")
    assert found(ws, f"job:{job['id']}") == set(images[:2])
    assert {each["id"] for each in home.search(annotation_job_id=job["id"])} == set(images[:2])
    assert {each["id"] for each in home.search(annotation_job=True)} == set(images[:2])
    (tmp_path / "a.xml").write_text(VOC)
    home.save_annotation(str(tmp_path / "a.xml"), None, images[0])
    assert home.get_annotation_job(job["id"])["annotated"] == 1
    assert [each["id"] for each in home.get_annotation_jobs()["jobs"]] == [job["id"]]
    assert home.get_batch(batch)["batch"]["numJobs"] == 1
    listed = json.loads(cli("--json", "annotation", "job", "list", "-p", "uploads").stdout)
    assert job["id"] in json.dumps(listed)
    cli("--json", "annotation", "batch", "list", "-p", "uploads")
    with pytest.raises(RuntimeError, match="Batch not found"):
        home.create_annotation_job(name="x", batch_id="gone", num_images=1, labeler_email="l@x", reviewer_email="r@x")
