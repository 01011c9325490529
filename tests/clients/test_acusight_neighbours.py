"""Acusight's other calls: batches, splits, uploads, jobs, annotations, and devices with keys of their own."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from fototeca.assets import Scope
from fototeca.dialects.acusight import devices
from fototeca.dialects.acusight.requests import digest
from tests.clients.acusight_world import World, build
from tests.clients.test_acusight import refused, without_null
from tests.server.conftest import Served, served
from tests.server.helpers import picture

__all__ = ("served",)
WORKSPACE = "acusight-more"


@pytest.fixture(scope="module")
def world(served: Served) -> World:
    return build(served, WORKSPACE)


@pytest.fixture(scope="module")
def client(served: Served, world: World) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {world.token}"}
    with httpx.Client(base_url=f"{served.origin}/api", headers=headers, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def anybody(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{served.origin}/api", timeout=30) as client:
        yield client


def data(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert without_null(body)
    assert body["success"] is True
    return body["data"]


_colours = iter(range(1, 250))


def new_file() -> bytes:
    """A picture like no other here; JPEG would make the same of neighbouring colours."""
    return picture((next(_colours), 200, 7))


def upload(client: httpx.Client, batch: int, name: str, content: bytes | None = None, **fields: str) -> httpx.Response:
    return client.post(
        f"/data/batches/{batch}/uploads", files={"file": (name, content or new_file(), "image/jpeg")}, data=fields
    )


def filled_batch(client: httpx.Client, count: int, **given: Any) -> tuple[int, list[int]]:
    batch = data(client.post("/data/batches", json={"name": "made", **given}), 201)["id"]
    return batch, [data(upload(client, batch, f"{batch}-{n}.jpg"), 201)["id"] for n in range(count)]


# --- images


def test_get_by_id(client: httpx.Client, world: World) -> None:
    image = data(client.get(f"/data/images/{world.id('a1.jpg')}"))
    assert len(image["annotations"]) == 2
    assert "image_url" not in image
    assert "image_url" in data(client.get(f"/data/images/{world.id('a1.jpg')}", params={"include_image_url": "true"}))
    assert refused(client.get("/data/images/999999")) == (404, "NOT_FOUND")
    assert refused(client.get("/data/images/abc")) == (400, "VALIDATION_ERROR")
    assert refused(client.get(f"/data/images/{2**63}")) == (400, "VALIDATION_ERROR")


def test_patch_and_see_it_listed(client: httpx.Client, world: World) -> None:
    path = f"/data/images/{world.id('a3.jpg')}"
    before = data(client.get(path))
    changed = data(client.patch(path, json={"annotation_status": "in_progress", "split": "val"}))
    assert (changed["annotation_status"], changed["split"], changed["split_locked"]) == ("in_progress", "val", True)
    assert changed["updated_at"] > before["updated_at"]
    found = data(client.get("/data/images", params={"annotation_status": "in_progress", "split": "val"}))
    assert [image["id"] for image in found] == [before["id"]]
    for cleared in ("none", ""):
        client.patch(path, json={"split": "train"})
        after = data(client.patch(path, json={"split": cleared}))
        assert "split" not in after
        assert after["split_locked"] is False
    assert data(client.patch(path, json={"split_locked": True}))["split_locked"] is True
    assert data(client.patch(path, json={"annotation_status": "pending"}))["annotation_status"] == "pending"


@pytest.mark.parametrize(
    "body",
    [{}, {"split": "valid"}, {"split": 5}, {"split_locked": "yes"}, {"annotation_status": ""}, {"other": 1}, [], "x"],
)
def test_patches_that_say_nothing_or_nonsense(client: httpx.Client, world: World, body: Any) -> None:
    answer = client.patch(f"/data/images/{world.id('a2.jpg')}", json=body)
    assert refused(answer) == (400, "VALIDATION_ERROR")


def test_an_image_that_is_in_nothing_can_be_annotated_and_split(client: httpx.Client, world: World) -> None:
    path = f"/data/images/{world.id('loose.jpg')}"
    assert data(client.patch(path, json={"annotation_status": "in_progress"}))["annotation_status"] == "in_progress"
    image = data(client.patch(path, json={"split": "test"}))
    assert "project_name" not in image
    assert "batch_id" not in image
    unassigned = data(client.get("/data/images", params={"project_id": "null", "split": "test"}))
    assert [each["id"] for each in unassigned] == [image["id"]]


# --- batches and projects


def test_projects_and_batches_are_made_listed_and_assigned(client: httpx.Client, served: Served) -> None:
    project = data(client.post("/data/projects", json={"name": "  Corks "}), 201)
    assert project["name"] == "Corks"
    assert project["id"] in [each["id"] for each in data(client.get("/data/projects"))]
    batch, [image] = filled_batch(client, 1)
    shown = data(client.get(f"/data/batches/{batch}"))
    assert (shown["image_count"], shown["stage"], shown["status"]) == (1, "collecting", "collecting")
    assert "project_id" not in shown
    for null in ("null", "'NULL'"):
        assert batch in [each["id"] for each in data(client.get("/data/batches", params={"project_id": null}))]
    assigned = data(client.patch(f"/data/batches/{batch}", json={"project_id": project["id"], "stage": "annotating"}))
    assert (assigned["project_name"], assigned["stage"], assigned["image_count"]) == ("Corks", "annotating", 1)
    found = data(client.get("/data/images", params={"project_id": project["id"], "stage": "annotating"}))
    assert [(each["id"], each["project_name"]) for each in found] == [(image, "Corks")]
    assert [each["id"] for each in data(client.get("/data/batches", params={"project_id": project["id"]}))] == [batch]
    renamed = data(client.patch(f"/data/batches/{batch}", json={"name": "corked", "project_id": None}))
    assert renamed["name"] == "corked"
    assert "project_id" not in renamed
    assert image not in [each["id"] for each in data(client.get("/data/images", params={"project_id": project["id"]}))]
    library = served.installation.library(WORKSPACE)
    assert [m.batch_id for m in library.get(image).memberships] == [batch]


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "/data/projects", {}, 400),
        ("POST", "/data/projects", {"name": "  "}, 400),
        ("POST", "/data/batches", {"name": "x", "project_id": 999999}, 404),
        ("GET", "/data/batches/999999", None, 404),
        ("PATCH", "/data/batches/{morning}", {}, 400),
        ("PATCH", "/data/batches/{morning}", {"stage": "nonsense"}, 400),
        ("PATCH", "/data/batches/{morning}", {"project_id": 999999}, 404),
        ("PUT", "/data/batches/999999/images/split", {"mode": "existing"}, 404),
        ("PUT", "/data/batches/{morning}/images/split", {"mode": "other"}, 400),
        ("PUT", "/data/batches/{morning}/images/split", {"mode": "existing", "promote_to_dataset": "no"}, 400),
        ("PUT", "/data/batches/{morning}/images/split", {"mode": "proportions", "train_split": 0.5}, 400),
        ("POST", "/data/annotations", {"image_id": 999999, "class_value": "x", "geometry": [0, 0, 0, 0]}, 404),
        ("GET", "/data/annotations/999999", None, 404),
        ("DELETE", "/data/annotations/999999", None, 404),
        ("GET", "/data/jobs/nothing", None, 404),
        ("POST", "/data/agent/images/notify", {}, 501),
        ("GET", "/data/batches?limit=0", None, 400),
    ],
)
def test_what_cannot_be_done_is_said(
    client: httpx.Client, world: World, method: str, path: str, body: Any, code: int
) -> None:
    answer = client.request(method, path.format(**world.ids), json=body)
    assert refused(answer)[0] == code, answer.text


def test_a_batch_is_split_by_proportions_and_locks_hold(client: httpx.Client) -> None:
    batch, images = filled_batch(client, 10)
    path = f"/data/batches/{batch}/images/split"
    client.patch(f"/data/images/{images[0]}", json={"split": "test"})
    nothing = data(client.put(path, json={"mode": "all", "target": "val", "promote_to_dataset": False}))
    assert (nothing["moved_count"], nothing["locked_count"], len(nothing["warnings"])) == (0, 1, 1), "none is completed"
    assert data(client.get(f"/data/batches/{batch}"))["stage"] == "collecting"
    body = {"mode": "proportions", "train_split": 70, "val_split": 20, "test_split": 10, "mark_all_complete": True}
    done = data(client.put(path, json=body))
    assert (done["total"], done["locked_count"], done["moved_count"], done["kept_count"]) == (10, 1, 9, 1)
    assert done["train_count"] + done["val_count"] + done["test_count"] == 10
    assert done["train_count"] == 6
    assert data(client.get(f"/data/batches/{batch}"))["stage"] == "dataset"
    assert len(data(client.get("/data/images", params={"batch_id": batch, "annotation_status": "completed"}))) == 10
    again = data(client.put(path, json=body | {"train_split": 0.0, "val_split": 1.0, "test_split": 0}))
    assert again["moved_count"] == 0, "those that have a split keep it"
    forced = data(client.put(path, json={"mode": "all", "target": "val", "force_reassignment": True}))
    assert (forced["val_count"], forced["test_count"]) == (9, 1)
    assert data(client.put(path, json={"mode": "existing"}))["split_counts"] == {"val": 9, "test": 1}


def test_classes_of_a_split_are_counted(client: httpx.Client) -> None:
    batch, images = filled_batch(client, 2)
    for image in images:
        body = {"image_id": image, "class_value": "cork", "geometry": [0.5, 0.5, 0.2, 0.2]}
        data(client.post("/data/annotations", json=body), 201)
    body = {"mode": "proportions", "train_split": 0.5, "val_split": 0.5, "completed_only": False}
    done = data(client.put(f"/data/batches/{batch}/images/split", json=body))
    assert done["class_distribution"] == {"cork": {"train": 1, "val": 1}}
    assert done["class_targets"] == {"cork": {"train": 1, "val": 1, "test": 0}}


def test_what_was_reviewed_moves_to_a_batch_of_its_own(client: httpx.Client) -> None:
    batch, images = filled_batch(client, 3)
    assert refused(client.post(f"/data/batches/{batch}/extract-reviewed"))[0] == 400
    for image in images[:2]:
        client.patch(f"/data/images/{image}", json={"annotation_status": "completed"})
    made = data(client.post(f"/data/batches/{batch}/extract-reviewed"), 201)
    assert (made["stage"], made["image_count"]) == ("annotating", 2)
    assert {each["id"] for each in data(client.get("/data/images", params={"batch_id": made["id"]}))} == set(images[:2])
    assert [each["id"] for each in data(client.get("/data/images", params={"batch_id": batch}))] == [images[2]]


# --- annotations


def test_annotations_are_said_changed_and_taken_back(client: httpx.Client, world: World) -> None:
    image = world.id("d1.jpg")
    body = {"image_id": image, "class_value": "cap", "type": "bbox", "geometry": [0.52, 0.48, 0.2, 0.1]}
    said = data(client.post("/data/annotations", json=body), 201)
    assert said["geometry"] == [0.52, 0.48, 0.2, 0.1]
    path = f"/data/annotations/{said['id']}"
    assert data(client.get(path)) == said
    changed = data(client.patch(path, json={"class_value": "lid", "confidence": 0.5}))
    assert (changed["class_value"], changed["geometry"], changed["confidence"]) == ("lid", said["geometry"], 0.5)
    polygon = {"type": "polygon", "geometry": [0.1, 0.1, 0.5, 0.1, 0.5, 0.9]}
    assert data(client.patch(path, json=polygon))["geometry"] == polygon["geometry"]
    whole = data(client.patch(path, json={"type": "classification"}))
    assert whole["type"] == "classification"
    assert "geometry" not in whole
    found = data(client.get("/data/images", params={"class_values": "lid"}))
    assert [each["id"] for each in found] == [image]
    assert data(client.delete(path)) == {"id": said["id"]}
    assert refused(client.get(path))[0] == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"geometry": [0.1]},
        {"geometry": [0.1, 0.1, 2, 0.1]},
        {"type": "polygon", "geometry": [0.1, 0.1, 0.5, 0.1]},
        {"type": "polygon", "geometry": [0.1] * 7},
        {"type": "classification", "geometry": [0.1] * 4},
        {"type": "mask"},
        {"class_value": " "},
        {"confidence": 2},
        {"image_id": "x"},
    ],
)
def test_annotations_that_make_no_sense(client: httpx.Client, world: World, changes: dict[str, Any]) -> None:
    good = {"image_id": world.id("d1.jpg"), "class_value": "cap", "geometry": [0.5, 0.5, 0.1, 0.1]}
    assert refused(client.post("/data/annotations", json=good | changes)) == (400, "VALIDATION_ERROR")


# --- uploads and jobs


def test_an_upload_goes_into_its_batch_and_its_folder(client: httpx.Client, served: Served) -> None:
    batch, _ = filled_batch(client, 0)
    content = new_file()
    image = data(upload(client, batch, "x.jpg", content, path="line 1/left/y.jpg"), 201)
    assert (image["filename"], image["batch_id"]) == ("y.jpg", batch)
    assert served.installation.library(WORKSPACE).get(image["id"]).folder == "line 1/left"
    assert data(upload(client, batch, "again.jpg", content), 200)["id"] == image["id"], "the same bytes"
    assert refused(upload(client, batch, "x.jpg", b"no picture"))[0] in {400, 415}
    assert refused(upload(client, batch, "x.jpg", path="../up.jpg"))[0] == 400
    assert refused(client.post(f"/data/batches/{batch}/uploads", data={"path": "x"}))[0] == 400
    assert refused(upload(client, 999999, "x.jpg"))[0] == 404


def test_many_files_make_a_job(client: httpx.Client) -> None:
    batch, _ = filled_batch(client, 0)
    files = [("files", (f"{n}.jpg", new_file(), "image/jpeg")) for n in range(2)]
    files.append(("files", ("bad.jpg", b"no picture", "image/jpeg")))
    paths = "a/0.jpg\r\nb\u2028/1.jpg\nbad.jpg\n"
    job = data(client.post(f"/data/batches/{batch}/uploads/stream", files=files, data={"paths": paths}), 202)
    assert job["status"] == "completed"
    assert len(job["result"]["image_ids"]) == 2
    assert [failed["path"] for failed in job["result"]["failed"]] == ["bad.jpg"]
    assert data(client.get(f"/data/jobs/{job['job_id']}")) == job
    listed = data(client.get("/data/images", params={"batch_id": batch, "sort": "filename", "order": "asc"}))
    assert [each["filename"] for each in listed] == ["0.jpg", "1.jpg"]
    many = [("files", (f"{n}.jpg", b"x", "image/jpeg")) for n in range(51)]
    assert refused(client.post(f"/data/batches/{batch}/uploads/stream", files=many))[0] == 400
    one = [("files", ("a.jpg", b"x", "image/jpeg"))]
    wrong = client.post(f"/data/batches/{batch}/uploads/stream", files=one, data={"paths": "a\nb"})
    assert refused(wrong)[0] == 400


def test_other_jobs_are_shown_too(client: httpx.Client, served: Served) -> None:
    job = served.installation.library(WORKSPACE).jobs.enqueue("enrich", {})
    shown = data(client.get(f"/data/jobs/{job.uuid}"))
    assert (shown["job_id"], shown["status"], shown["message"]) == (job.uuid, "queued", "enrich")


# --- devices


def token(client: httpx.Client, **given: Any) -> dict[str, Any]:
    made: dict[str, Any] = data(client.post("/provisioning-tokens", json={"name": "line", **given}), 201)
    assert made["token"].startswith("apt_")
    return made


def provision(anybody: httpx.Client, token_: str, device: str, path: str = "/devices/provision") -> httpx.Response:
    info = {"device_id": device, "name": f"Camera {device}", "agent_version": "1.0", "ip_address": "10.0.0.7"}
    return anybody.post(path, json={"token": token_, "device_info": info})


@pytest.fixture(scope="module")
def device_key(client: httpx.Client, anybody: httpx.Client) -> str:
    answer = data(provision(anybody, token(client)["token"], "edge-1"), 201)
    assert answer["endpoint_id"] == answer["device_id"] == "edge-1"
    assert answer["api_endpoint"].endswith("/api")
    key: str = answer["api_key"]
    assert key.startswith("adk_")
    return key


def test_a_token_is_told_once_and_can_be_revoked(client: httpx.Client, anybody: httpx.Client, served: Served) -> None:
    made = token(client, expires_in_days=None)
    assert "expires_at" not in made
    listed = data(client.get("/provisioning-tokens"))
    assert made["id"] in [each["id"] for each in listed]
    assert all("token" not in each for each in listed)
    assert made["token"] in made["setup_command"]
    stored = [entry.key for entry in served.installation.library(WORKSPACE).entries.all(devices.TOKENS)]
    assert made["token"] not in stored, "only its digest is kept"
    assert data(client.delete(f"/provisioning-tokens/{made['id']}")) == {"id": made["id"]}
    assert refused(provision(anybody, made["token"], "edge-x")) == (401, "INVALID_TOKEN")
    assert refused(client.delete(f"/provisioning-tokens/{made['id']}"))[0] == 404


def test_provisioning_tokens_need_an_administrator(served: Served, anybody: httpx.Client) -> None:
    writer = {"Authorization": served.key(WORKSPACE, Scope.WRITE)}
    assert refused(anybody.post("/provisioning-tokens", json={"name": "x"}, headers=writer)) == (403, "FORBIDDEN")


def test_a_device_is_provisioned_once(client: httpx.Client, anybody: httpx.Client, device_key: str) -> None:
    made = token(client)["token"]
    assert refused(provision(anybody, made, "edge-1")) == (409, "DEVICE_EXISTS")
    assert data(provision(anybody, made, "edge-2", "/core/devices/provision"), 201)
    assert refused(provision(anybody, "apt_unknown", "edge-3")) == (401, "INVALID_TOKEN")
    assert refused(anybody.post("/devices/provision", json={"token": made})) == (400, "VALIDATION_ERROR")


def test_a_single_use_token_serves_one_of_many_who_come_at_once(client: httpx.Client, anybody: httpx.Client) -> None:
    made = token(client, single_use=True)["token"]
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(provision(anybody, made, f"race-{n}").status_code))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201, 401, 401, 401]


def test_an_expired_token(client: httpx.Client, anybody: httpx.Client, served: Served) -> None:
    made = token(client)["token"]
    entries = served.installation.library(WORKSPACE).entries
    found = entries.get(devices.TOKENS, digest(made))
    entries.put(devices.TOKENS, found.key, found.value | {"expires_at": "2020-01-01T00:00:00Z"})
    assert refused(provision(anybody, made, "edge-late")) == (401, "TOKEN_EXPIRED")


def test_a_device_knows_itself_and_checks_in(anybody: httpx.Client, device_key: str, served: Served) -> None:
    headers = {"X-Device-Key": device_key}
    for path in ("/device/self", "/core/device/self"):
        me = data(anybody.get(path, headers=headers))
        assert (me["device_id"], me["endpoint_id"], me["status"]) == ("edge-1", "edge-1", "approved")
        assert me["name"] == "Camera edge-1"
    body = {"status": "ok", "metrics": {"cpu": 0.3}}
    assert data(anybody.post("/device/checkin", json=body, headers=headers)) == {"actions": []}
    known = served.installation.library(WORKSPACE).devices.get("edge-1")
    assert known.settings["metrics"] == {"cpu": 0.3}


def test_keys_open_only_what_they_are_for(
    client: httpx.Client, anybody: httpx.Client, device_key: str, world: World
) -> None:
    for headers in ({}, {"X-Device-Key": ""}, {"X-Device-Key": world.token}, {"Authorization": world.token}):
        assert refused(anybody.get("/device/self", headers=headers)) == (401, "UNAUTHORIZED")
        assert refused(anybody.post("/device/images/upload", headers=headers)) == (401, "UNAUTHORIZED")
    for headers in ({"Authorization": f"Bearer {device_key}"}, {"X-Device-Key": device_key}):
        assert refused(anybody.get("/data/images", headers=headers)) == (401, "UNAUTHORIZED")


def send(
    anybody: httpx.Client, key: str, content: bytes, metadata: Any = None, name: str = "cap.jpg"
) -> httpx.Response:
    fields = {} if metadata is None else {"metadata": metadata if isinstance(metadata, str) else json.dumps(metadata)}
    files = {"image": (name, content, "image/jpeg")}
    return anybody.post("/device/images/upload", files=files, data=fields, headers={"X-Device-Key": key})


def test_a_device_sends_images_with_annotations(
    client: httpx.Client, anybody: httpx.Client, device_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = new_file()
    metadata = {
        "model_id": "caps",
        "model_version": "3",
        "annotations": [{"class_value": "cap", "type": "bbox", "geometry": [0.5, 0.5, 0.2, 0.2], "confidence": 0.9}],
    }
    stored = data(send(anybody, device_key, content, metadata), 201)
    assert all(isinstance(value, str) for value in stored.values())
    asked = {"device_id": "edge-1", "include_annotations": "true"}
    [image] = data(client.get("/data/images", params=asked))
    assert (str(image["id"]), str(image["batch_id"])) == (stored["image_id"], stored["batch_id"])
    assert (image["storage_key"], image["device_id"]) == (stored["storage_key"], "edge-1")
    [said] = image["annotations"]
    assert (said["class_value"], said["confidence"], said["source"]) == ("cap", 0.9, "caps")
    assert data(send(anybody, device_key, content, metadata), 200) == stored, "the same bytes are not stored twice"
    second = data(send(anybody, device_key, new_file(), name="b.png"), 201)
    assert second["batch_id"] == stored["batch_id"]
    batch = data(client.get(f"/data/batches/{stored['batch_id']}"))
    assert (batch["stage"], batch["device_id"], batch["image_count"]) == ("collecting", "edge-1", 2)
    monkeypatch.setattr(devices, "BATCH_LIFE", timedelta(0))
    third = data(send(anybody, device_key, new_file()), 201)
    assert third["batch_id"] != stored["batch_id"]
    assert data(client.get(f"/data/batches/{stored['batch_id']}"))["stage"] == "complete"


@pytest.mark.parametrize(
    ("content", "metadata", "status"),
    [
        (b"GIF89a not a photo", None, 415),
        (b"\xff\xd8\xff broken", None, 400),
        (None, "no json", 400),
        (None, "[1]", 400),
        (None, {"annotations": [{"class_value": "x", "geometry": [1]}]}, 400),
        (None, {"annotations": "x"}, 400),
    ],
)
def test_what_a_device_may_not_send(
    anybody: httpx.Client, device_key: str, content: bytes | None, metadata: Any, status: int
) -> None:
    assert refused(send(anybody, device_key, content or new_file(), metadata))[0] == status


def test_an_image_that_is_too_large(anybody: httpx.Client, device_key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "MAX_IMAGE", 100)
    assert refused(send(anybody, device_key, new_file())) == (413, "PAYLOAD_TOO_LARGE")
    assert refused(anybody.post("/device/images/upload", headers={"X-Device-Key": device_key}))[0] == 400


# --- the organization, and other workspaces


def test_the_organization_has_a_name(client: httpx.Client) -> None:
    before = data(client.get("/organization"))
    assert before["name"] == WORKSPACE
    assert data(client.patch("/organization", json={"name": "Bottling Ltd"})) == before | {"name": "Bottling Ltd"}
    assert data(client.get("/organization"))["name"] == "Bottling Ltd"
    assert refused(client.patch("/organization", json={}))[0] == 400


def test_nothing_of_another_workspace_is_there(client: httpx.Client, served: Served, world: World) -> None:
    headers = {"Authorization": served.key("acusight-other")}
    with httpx.Client(base_url=f"{served.origin}/api", headers=headers, timeout=30) as other:
        for path in ("/data/images", "/data/batches", "/data/projects", "/provisioning-tokens"):
            assert other.get(path).json()["data"] == []
        for parameters in ({"batch_id": world.ids["morning"]}, {"project_id": world.ids["caps"]}):
            assert other.get("/data/images", params=parameters).json()["meta"]["total"] == 0
        image = world.id("a1.jpg")
        for method, path, body in (
            ("GET", f"/data/images/{image}", None),
            ("PATCH", f"/data/images/{image}", {"split": "train"}),
            ("GET", f"/data/batches/{world.ids['morning']}", None),
            ("PATCH", f"/data/batches/{world.ids['morning']}", {"name": "x"}),
            ("PUT", f"/data/batches/{world.ids['morning']}/images/split", {"mode": "existing"}),
            ("POST", f"/data/batches/{world.ids['morning']}/extract-reviewed", None),
            ("POST", "/data/annotations", {"image_id": image, "class_value": "x", "geometry": [0.5, 0.5, 0.1, 0.1]}),
        ):
            assert refused(other.request(method, path, json=body))[0] == 404, path
        assert refused(upload(other, int(world.ids["morning"]), "x.jpg"))[0] == 404
