from __future__ import annotations

import os
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from tests.server.conftest import Served
from tests.server.helpers import picture, upload

EXAMPLES = int(os.environ.get("FOTOTECA_SCHEMA_EXAMPLES", "2"))
"""Of each operation, as described and again not as described; more of them find more, slowly."""

AS_MANY = settings(
    max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def description(client: httpx.Client) -> dict[str, Any]:
    upload(client, "something.png", picture((1, 1, 1)), tags="some", folder="where")
    found: dict[str, Any] = client.get("/v1/openapi.json").json()
    return found


def operations(description: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method} {path}": operation
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    }


def test_every_operation_tells_what_it_does_with_examples(description: dict[str, Any]) -> None:
    for name, operation in operations(description).items():
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["security"], name
        assert "application/problem+json" in operation["responses"]["default"]["content"], name
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            reference = schema.get("$ref", "").rpartition("/")[2]
            assert "example" in (description["components"]["schemas"][reference] if reference else schema), name
        for status, answer in operation["responses"].items():
            for media_type, content in answer.get("content", {}).items():
                assert media_type == "image/*" or "example" in content, (name, status)


def test_examples_of_answers_have_only_known_members(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    for name, operation in operations(description).items():
        for answer in operation["responses"].values():
            for content in answer.get("content", {}).values():
                reference = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
                if reference:
                    known = {*schemas[reference]["properties"], "urls"}
                    assert content["example"].keys() <= known, name


@pytest.mark.timeout(300)
def test_nothing_that_can_be_sent_makes_the_server_fail(
    served: Served, client: httpx.Client, description: dict[str, Any]
) -> None:
    headers = dict(client.headers)
    real = {kind: client.post(f"/v1/{kind}s", json={"name": kind}).json()["id"] for kind in ("album", "collection")}
    real |= {"asset": client.get("/v1/assets").json()["assets"][0]["id"], "tag": "some", "variant": "256"}
    found: Any
    for found in schemathesis.openapi.from_dict(description).get_all_operations():
        operation = found.ok()
        if operation.label == "DELETE /v1/keys/{key}":
            continue  # it could revoke the key that this test uses

        @AS_MANY
        @given(operation.as_strategy(GenerationMode.POSITIVE), operation.as_strategy(GenerationMode.NEGATIVE))
        def send(right: Any, wrong: Any) -> None:
            for case in (right, wrong):
                made_up = dict(case.path_parameters)
                existing = {} if case.method == "DELETE" else {name: real.get(name, made_up[name]) for name in made_up}
                for parameters in (made_up, existing or made_up):
                    case.path_parameters = parameters
                    answer = case.call(base_url=served.origin, headers=headers)
                    assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text}"

        send()
