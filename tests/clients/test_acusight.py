"""Acusight's API as its callers use it: a client generated from our own description, and plain HTTP."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from fototeca.assets import Scope
from fototeca.dialects.acusight.routes import describe
from tests.clients.acusight_world import World, build
from tests.server.conftest import Served, served

__all__ = ("served",)  # the server that all of these tests share


@pytest.fixture(scope="module")
def world(served: Served) -> World:
    return build(served, "acusight")


@pytest.fixture(scope="module")
def client(served: Served, world: World) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {world.token}"}
    with httpx.Client(base_url=f"{served.origin}/api", headers=headers, timeout=30) as client:
        yield client


def listed(client: httpx.Client, **parameters: Any) -> list[str]:
    answer = client.get("/data/images", params=parameters)
    assert answer.status_code == 200, answer.text
    return sorted(image["filename"] for image in answer.json()["data"])


def refused(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert body["success"] is False
    assert body.keys() == {"success", "error"}
    assert isinstance(body["error"]["message"], str)
    return answer.status_code, body["error"]["code"]


def without_null(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(without_null, value.values()))
    return all(map(without_null, value)) if isinstance(value, list) else value is not None


# --- credentials and envelope


def test_a_token_with_and_without_bearer(served: Served, world: World) -> None:
    url = f"{served.origin}/api/data/images"
    token = served.authority.create_token(served.installation.create("acusight"))
    for credential in (world.token, token):
        for header in (f"Bearer {credential}", f"bearer {credential}", credential):
            assert httpx.get(url, headers={"Authorization": header}).status_code == 200


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "wrong", "Bearer a.b.c", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhY3VzaWdodCJ9."],
)
def test_other_credentials_are_refused(served: Served, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = httpx.get(f"{served.origin}/api/data/images", headers=headers)
    assert refused(answer) == (401, "UNAUTHORIZED")


def test_a_reader_may_not_write(served: Served, world: World) -> None:
    key = served.key("acusight", Scope.READ)
    answer = httpx.patch(
        f"{served.origin}/api/data/images/{world.id('a1.jpg')}",
        headers={"Authorization": key},
        json={"split": "train"},
    )
    assert refused(answer) == (403, "FORBIDDEN")


@pytest.mark.parametrize("path", ["/data/nothing", "/data", "/ml/models", "/core/nothing", "/devices"])
def test_unknown_paths_are_refused_in_the_envelope(client: httpx.Client, path: str) -> None:
    assert refused(client.get(path)) == (404, "NOT_FOUND")


def test_nothing_is_ever_null(client: httpx.Client, world: World) -> None:
    everything = {"include_image_url": "true", "include_annotations": "true"}
    for path, parameters in (
        ("/data/images", everything),
        ("/data/images", {}),
        (f"/data/images/{world.id('loose.jpg')}", everything),
        ("/data/batches", {}),
        ("/data/projects", {}),
        ("/organization", {}),
        ("/provisioning-tokens", {}),
    ):
        body = client.get(path, params=parameters).json()
        assert body["success"] is True
        assert "error" not in body
        assert without_null(body)


# --- filters


def test_without_parameters_all_come_newest_first(client: httpx.Client, world: World) -> None:
    body = client.get("/data/images").json()
    assert body["meta"] == {"count": len(world.names), "limit": 50, "offset": 0, "total": len(world.names)}
    assert [image["filename"] for image in body["data"]] == list(reversed(world.names))
    first = body["data"][0]
    assert not first.keys() & {"image_url", "annotations"}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"project_id": "{caps}"}, ["a1.jpg", "a2.jpg", "a3.jpg", "b1.png"]),
        ({"project_id": "{labels}"}, ["c1.jpg"]),
        ({"project_id": "null"}, ["d1.jpg", "loose.jpg"]),
        ({"project_id": "NULL"}, ["d1.jpg", "loose.jpg"]),
        ({"project_id": "'null'"}, ["d1.jpg", "loose.jpg"]),
        ({"project_id": "999999"}, []),
        ({"project_id": "9223372036854775807"}, []),
        ({"batch_id": "9223372036854775807"}, []),
        ({"batch_id": "{morning}"}, ["a1.jpg", "a2.jpg", "a3.jpg"]),
        ({"batch_id": "999999"}, []),
        ({"project_id": "{labels}", "batch_id": "{morning}"}, []),
        ({"device_id": "cam-01"}, ["a1.jpg", "a2.jpg"]),
        ({"device_id": "CAM-01"}, []),
        ({"stage": "annotating"}, None),
        ({"stage": "annotating", "project_id": "{caps}"}, ["a1.jpg", "a2.jpg", "a3.jpg"]),
        ({"stage": "dataset", "project_id": "{caps}"}, ["b1.png"]),
        ({"stage": "collecting", "project_id": "null"}, ["d1.jpg"]),
        ({"stage": "nonsense", "project_id": "{caps}"}, []),
        ({"annotation_status": "completed"}, ["a1.jpg", "c1.jpg"]),
        ({"annotation_status": "pending"}, ["a2.jpg", "a3.jpg", "b1.png", "d1.jpg", "loose.jpg"]),
        ({"annotation_status": "nonsense"}, []),
        ({"split": "train"}, ["a1.jpg"]),
        ({"split": "val"}, ["a2.jpg"]),
        ({"split": "test"}, ["b1.png"]),
        ({"split": "none"}, ["a3.jpg", "c1.jpg", "d1.jpg", "loose.jpg"]),
        ({"split": "all"}, None),
        ({"split": "train", "annotation_status": "completed"}, ["a1.jpg"]),
        ({"split": "val", "annotation_status": "completed"}, []),
        ({"class_values": "cap"}, ["a1.jpg", "a2.jpg"]),
        ({"class_values": "cap,dent"}, ["a1.jpg", "a2.jpg", "c1.jpg"]),
        ({"class_values": " cap , , dent "}, ["a1.jpg", "a2.jpg", "c1.jpg"]),
        ({"class_values": " , "}, None),
        ({"class_values": "Cap"}, []),
        ({"search": "A1"}, ["a1.jpg"]),
        ({"search": ".jpg"}, ["a1.jpg", "a2.jpg", "a3.jpg", "c1.jpg", "d1.jpg", "loose.jpg"]),
        ({"search": "%"}, []),
        ({"search": "_"}, []),
        ({"search": "*"}, []),
        ({"q": "loose"}, ["loose.jpg"]),
        ({"filename": "a1.jpg"}, ["a1.jpg"]),
        ({"filename": "A1.jpg"}, []),
        ({"filename": "a1.jpg", "search": "a2"}, []),
        ({"filename": "", "search": "", "project_id": "", "split": "", "limit": "", "unknown": "x"}, None),
    ],
)
def test_filters(client: httpx.Client, world: World, parameters: dict[str, str], expected: list[str] | None) -> None:
    spelled = {name: value.format(**world.ids) for name, value in parameters.items()}
    assert listed(client, **spelled) == (sorted(world.names) if expected is None else expected)


def test_of_a_repeated_parameter_the_first_counts(client: httpx.Client) -> None:
    assert listed(client, filename=["a1.jpg", "a2.jpg"]) == ["a1.jpg"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"project_id": "abc"},
        {"project_id": "9223372036854775808"},
        {"batch_id": "x"},
        {"batch_id": "-1"},
        {"split": "valid"},
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "x"},
        {"limit": "1.5"},
        {"offset": "-1"},
        {"offset": "x"},
        {"sort": "id"},
        {"order": "up"},
        {"include_annotations": "yes"},
        {"include_image_url": "2"},
    ],
)
def test_bad_parameters_are_named(client: httpx.Client, parameters: dict[str, str]) -> None:
    answer = client.get("/data/images", params=parameters)
    assert refused(answer) == (400, "VALIDATION_ERROR")
    assert next(iter(parameters)) in answer.json()["error"]["message"]


@pytest.mark.parametrize(("limit", "effective"), [("1", 1), ("100", 100), ("101", 100), ("5000", 100)])
def test_limits(client: httpx.Client, world: World, limit: str, effective: int) -> None:
    body = client.get("/data/images", params={"limit": limit}).json()
    assert body["meta"]["limit"] == effective
    assert body["meta"]["count"] == len(body["data"]) == min(effective, len(world.names))


@pytest.mark.parametrize("offset", ["12", "1000001", "999999999999999999"])
def test_past_the_end_a_page_is_empty_and_the_total_true(client: httpx.Client, world: World, offset: str) -> None:
    meta = client.get("/data/images", params={"offset": offset}).json()["meta"]
    assert meta == {"count": 0, "limit": 50, "offset": int(offset), "total": len(world.names)}


@pytest.mark.parametrize("order", ["asc", "DESC"])
@pytest.mark.parametrize("sort", ["created_at", "updated_at", "filename"])
def test_pages_join_without_gap_or_repeat(client: httpx.Client, world: World, sort: str, order: str) -> None:
    asked = {"sort": sort, "order": order}
    whole = [image["id"] for image in client.get("/data/images", params=asked).json()["data"]]
    pages = [
        client.get("/data/images", params=asked | {"limit": 3, "offset": start}).json() for start in range(0, 12, 3)
    ]
    assert [image["id"] for page in pages for image in page["data"]] == whole
    assert all(page["meta"]["total"] == len(world.names) for page in pages)
    if sort == "filename":
        assert [world.names_by_id[id_] for id_ in whole] == sorted(world.names, reverse=order == "DESC")


# --- shapes


def test_an_image_says_what_it_has_and_leaves_out_what_it_has_not(client: httpx.Client, world: World) -> None:
    images = {image["filename"]: image for image in client.get("/data/images").json()["data"]}
    full, bare = images["a1.jpg"], images["loose.jpg"]
    assert full["batch_id"] == int(world.ids["morning"])
    assert (full["batch_name"], full["project_name"], full["device_id"]) == ("line1 morning", "Bottle caps", "cam-01")
    assert (full["split"], full["annotation_status"], full["split_locked"]) == ("train", "completed", True)
    assert full["storage_key"].startswith("raw-data/")
    assert full["storage_key"].endswith("_a1.jpg")
    assert (bare["annotation_status"], bare["split_locked"], bare["width"]) == ("pending", False, 64)
    assert not bare.keys() & {"batch_id", "batch_name", "project_name", "device_id", "split", "version_name"}
    assert "project_name" not in images["d1.jpg"], "an unassigned batch has no project"
    assert images["d1.jpg"]["batch_name"] == "nobody's"


@pytest.mark.parametrize("yes", ["true", "True", "1", "t", "TRUE"])
def test_annotations_are_all_of_an_images(client: httpx.Client, yes: str) -> None:
    asked = {"include_annotations": yes, "class_values": "cap"}
    images = {image["filename"]: image for image in client.get("/data/images", params=asked).json()["data"]}
    first, second = images["a1.jpg"]["annotations"]
    assert (first["class_value"], second["class_value"]) == ("cap", "scratch")
    assert first["geometry"] == [0.52, 0.48, 0.2, 0.1]
    assert [first[name] for name in ("x_center", "y_center", "width", "height")] == [0.52, 0.48, 0.2, 0.1]
    assert (first["type"], first["source"], first["z_order"], second["z_order"]) == ("bbox", "manual", 0, 1)
    assert second["geometry"] == [0.1, 0.1, 0.5, 0.1, 0.5, 0.9]
    assert [second[name] for name in ("x_center", "y_center", "width", "height")] == [0.3, 0.5, 0.4, 0.8]
    loose = client.get("/data/images", params={"include_annotations": yes, "filename": "loose.jpg"}).json()["data"][0]
    assert loose["annotations"] == []


def test_a_signed_url_gives_the_bytes_until_it_is_changed_or_over(client: httpx.Client, world: World) -> None:
    asked = {"include_image_url": "1", "filename": "a1.jpg"}
    url = client.get("/data/images", params=asked).json()["data"][0]["image_url"]
    answer = httpx.get(url)
    assert answer.content == world.bytes["a1.jpg"]
    assert answer.headers["content-type"] == "image/jpeg"
    assert httpx.head(url).headers["content-length"] == str(len(world.bytes["a1.jpg"]))
    assert httpx.get(url, headers={"Range": "bytes=0-3"}).content == world.bytes["a1.jpg"][:4]
    for changed in (
        url.replace("signature=", "signature=0"),
        url.replace(f"/{world.id('a1.jpg')}/", f"/{world.id('a2.jpg')}/"),
        url.replace("account=acusight", "account=nobody"),
        url.partition("?")[0],
    ):
        assert refused(httpx.get(changed)) == (403, "FORBIDDEN")


def test_an_expired_url_is_refused(served: Served, world: World) -> None:
    context = served.app.state.context
    number = world.id("a1.jpg")
    old = context.links.sign("acusight", str(number), "original", now=1_000_000_000).partition("?")[2]
    answer = httpx.get(f"{served.origin}/api/data/images/{number}/stream?account=acusight&{old}")
    assert refused(answer) == (403, "FORBIDDEN")


# --- a generated client


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """A typed client made from our own description."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "openapi.json").write_text(json.dumps(describe()))
    subprocess.run(
        [
            Path(sys.executable).with_name("openapi-python-client"),
            *("generate", "--path", folder / "openapi.json", "--meta", "none", "--output-path", folder / "acuclient"),
        ],
        check=True,
        capture_output=True,
    )
    sys.path.insert(0, str(folder))
    yield importlib.import_module("acuclient")
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == "acuclient"]:
        del sys.modules[name]


def call(generated: ModuleType, module: str) -> Any:
    return importlib.import_module(f"{generated.__name__}.api.{module}")


@pytest.fixture(scope="module")
def typed(generated: ModuleType, served: Served, world: World) -> Iterator[Any]:
    made = generated.AuthenticatedClient(base_url=f"{served.origin}/api", token=world.token)
    with made as client:
        yield client


def test_a_generated_client_lists_with_every_filter(generated: ModuleType, typed: Any, world: World) -> None:
    list_images = call(generated, "data.list_images")
    everything = list_images.sync(client=typed, include_image_url=True, include_annotations=True)
    assert [image.filename for image in everything.data] == list(reversed(world.names))
    assert everything.meta.total == len(world.names)
    by_name = {image.filename: image for image in everything.data}
    assert by_name["a1.jpg"].annotations[0].geometry == [0.52, 0.48, 0.2, 0.1]
    assert by_name["loose.jpg"].annotations == []
    found = list_images.sync(
        client=typed,
        project_id=world.ids["caps"],
        batch_id=world.ids["morning"],
        device_id="cam-01",
        stage="annotating",
        annotation_status="completed",
        split="train",
        class_values="cap,other",
        search="a",
        filename="a1.jpg",
        limit=5,
        offset=0,
        sort="filename",
        order="asc",
    )
    assert [image.filename for image in found.data] == ["a1.jpg"]
    # A bare token in the header that the description names.
    alone = generated.AuthenticatedClient(base_url=typed._base_url, token=world.token, prefix="")
    with alone as client:
        assert list_images.sync(client=client).meta.total == len(world.names)


def test_a_generated_client_changes_images_and_annotations(generated: ModuleType, typed: Any, world: World) -> None:
    models = importlib.import_module(f"{generated.__name__}.models")
    image = call(generated, "data.get_image").sync(world.id("c1.jpg"), client=typed).data
    changed = call(generated, "data.update_image").sync(
        image.id, client=typed, body=models.ImageUpdate(split="test", split_locked=False)
    )
    assert (changed.data.split, changed.data.split_locked) == ("test", False)
    assert changed.data.updated_at > image.updated_at
    call(generated, "data.update_image").sync(image.id, client=typed, body=models.ImageUpdate(split="none"))
    body = models.SaidOf(class_value="extra", image_id=image.id, geometry=[0.5, 0.5, 0.1, 0.1])
    said = call(generated, "data.create_annotation").sync(client=typed, body=body).data
    assert said.class_value == "extra"
    again = call(generated, "data.get_annotation").sync(said.id, client=typed).data
    assert again.geometry == [0.5, 0.5, 0.1, 0.1]
    assert call(generated, "data.delete_annotation").sync(said.id, client=typed).data.id == said.id
    missing = call(generated, "data.get_image").sync(10**9, client=typed)
    assert (missing.success, missing.error.code) == (False, "NOT_FOUND")
