"""Acusight's list against the brute-force oracle, and every operation against requests that are made up."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fototeca.assets import Asset, Membership
from fototeca.dialects.acusight.routes import describe
from fototeca.query.words import fold
from tests.clients.acusight_world import World, build
from tests.server.conftest import Served, served

__all__ = ("served",)
WORKSPACE = "acusight-fuzz"
EXAMPLES = int(os.environ.get("FOTOTECA_SCHEMA_EXAMPLES", "6"))
CHECKS = list(HealthCheck)


@pytest.fixture(scope="module")
def world(served: Served) -> World:
    return build(served, WORKSPACE)


@pytest.fixture(scope="module")
def client(served: Served, world: World) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {world.token}"}
    with httpx.Client(base_url=f"{served.origin}/api", headers=headers, timeout=30) as client:
        yield client


# --- the oracle: each parameter's sentence of the contract, over records


def fits(asset: Asset, asked: dict[str, str], stages: dict[int, str], inbox: int) -> bool:
    members: list[Membership | None] = [*asset.memberships] or [None]
    return any(member_fits(member, asked, stages, inbox) for member in members) and image_fits(asset, asked)


def member_fits(member: Membership | None, asked: dict[str, str], stages: dict[int, str], inbox: int) -> bool:
    project = None if member is None or member.collection_id == inbox else member.collection_id
    batch = None if member is None else member.batch_id
    split = {"valid": "val"}.get(split_ := (member and member.split) or "none", split_)
    checks: dict[str, Callable[[str], bool]] = {
        "project_id": lambda value: project is None if value == "null" else str(project) == value,
        "batch_id": lambda value: str(batch) == value,
        "stage": lambda value: "project_id" not in asked or (batch is not None and stages[batch] == value),
        "annotation_status": lambda value: ((member and member.annotation_status) or "pending") == value,
        "split": lambda value: value in {"all", split},
    }
    return all(check(asked[name]) for name, check in checks.items() if name in asked)


def image_fits(asset: Asset, asked: dict[str, str]) -> bool:
    classes = {value.strip() for value in asked.get("class_values", "").split(",")} - {""}
    return (
        asked.get("device_id") in {None, asset.device}
        and (not classes or bool(classes & {said.label for said in asset.annotations}))
        and fold(asked.get("search", "")) in fold(asset.filename)
        and asked.get("filename") in {None, asset.filename}
    )


def questions(ids: dict[str, str]) -> st.SearchStrategy[dict[str, str]]:
    projects = (ids["caps"], ids["labels"], "null", "999")
    choices: dict[str, tuple[str, ...]] = {
        "project_id": projects,
        "batch_id": (ids["morning"], "999"),
        "device_id": ("cam-01", "cam-02", "nobody"),
        "stage": ("annotating", "dataset", "collecting"),
        "annotation_status": ("completed", "pending", "in_progress"),
        "split": ("train", "val", "test", "none", "all"),
        "class_values": ("cap", "dent,cap", "scratch", ",", "nothing"),
        "search": ("a", "JPG", "1.", "é", "*"),
        "filename": ("a1.jpg", "b1.png"),
    }
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in choices.items()})


def test_random_filters_agree_with_the_oracle(served: Served, client: httpx.Client, world: World) -> None:
    library = served.installation.library(WORKSPACE)
    # One image in two projects and one that waits in the inbox beside its project: the hard cases.
    library.collections.put(int(world.ids["labels"]), [world.id("a1.jpg")])
    inbox = library.collections.get("acusight-unassigned").id
    library.collections.put(inbox, [world.id("b1.png")])
    stages = {batch.id: batch.stage for batch in library.records.batches.all()}
    assets = library.load(list(world.names_by_id))
    orders = st.tuples(st.sampled_from(("created_at", "filename")), st.sampled_from(("asc", "desc")))

    @settings(max_examples=60, deadline=None, database=None, derandomize=True, suppress_health_check=CHECKS)
    @given(questions(world.ids), orders)
    def check(asked: dict[str, str], order: tuple[str, str]) -> None:
        found = client.get("/data/images", params=asked | {"sort": order[0], "order": order[1]}).json()
        expected = sorted(
            (asset for asset in assets if fits(asset, asked, stages, inbox)),
            key=lambda asset: (asset.filename if order[0] == "filename" else asset.created, asset.id),
            reverse=order[1] == "desc",
        )
        assert [image["id"] for image in found["data"]] == [asset.id for asset in expected], asked
        assert found["meta"]["total"] == len(expected)
        for image in found["data"]:
            if asked.get("project_id") == world.ids["labels"]:
                assert image["project_name"] == "Labels", "shown as what was asked for"

    check()


@pytest.mark.timeout(300)
def test_nothing_that_can_be_sent_makes_the_server_fail(served: Served, client: httpx.Client, world: World) -> None:
    headers = dict(client.headers)
    real: dict[str, Any] = {
        "/data/images/{id}": world.id("a1.jpg"),
        "/data/batches/{id}": int(world.ids["morning"]),
        "/data/annotations/{id}": 1,
    }
    found: Any
    for found in schemathesis.openapi.from_dict(describe()).get_all_operations():
        operation = found.ok()

        @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=CHECKS)
        @given(operation.as_strategy())
        def send(case: Any) -> None:
            made_up = dict(case.path_parameters)
            known = next((id_ for path, id_ in real.items() if case.path.startswith(path)), None)
            for id_ in {made_up.get("id"), known if case.method != "DELETE" else made_up.get("id")} - {None}:
                case.path_parameters = {"id": id_}
                check(case)
            if not made_up:
                check(case)

        def check(case: Any) -> None:
            answer = case.call(base_url=f"{served.origin}/api", headers=headers)
            assert answer.status_code < 500 or answer.status_code == 501, f"{case.as_curl_command()}\n{answer.text}"
            if answer.status_code >= 400:
                assert answer.json()["success"] is False

        send()
