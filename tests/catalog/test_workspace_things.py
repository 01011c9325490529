"""Workspaces, keys, metadata fields and devices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fototeca.assets import Scope
from fototeca.catalog import Catalog, DevicePatch, MetadataFieldPatch, Records
from fototeca.errors import Conflict, InvalidInput, NotFound

Logged = Callable[[Callable[[], Any]], list[tuple[str, int, str]]]

DIGEST = "ab" * 32


def test_workspaces(catalog: Catalog) -> None:
    made = catalog.workspaces.create(" demo ")
    assert made == catalog.workspaces.get("demo") == catalog.workspaces.get(made.id)
    assert catalog.workspaces.all() == [made]
    assert abs(made.created - datetime.now(UTC)) < timedelta(minutes=1)
    with pytest.raises(Conflict, match="demo"):
        catalog.workspaces.create("demo")
    for name in ("", " ", "x" * 256):
        with pytest.raises(InvalidInput):
            catalog.workspaces.create(name)
    with pytest.raises(NotFound):
        catalog.workspaces.get("unknown")


def test_keys_are_found_by_digest(catalog: Catalog, workspace: int) -> None:
    expires = datetime(2030, 1, 1, tzinfo=UTC)
    made = catalog.records(workspace).keys.create("ci", Scope.WRITE, digest=DIGEST, hint="ab12", expires=expires)
    assert catalog.find_key(DIGEST) == made
    assert (made.workspace, made.scope, made.expires, made.revoked) == ("home", Scope.WRITE, expires, None)
    assert catalog.find_key("cd" * 32) is None
    with pytest.raises(Conflict):
        catalog.records(workspace).keys.create("again", Scope.READ, digest=DIGEST, hint="")


def test_keys_are_revoked_once(catalog: Catalog, workspace: int, other: int) -> None:
    key = catalog.records(workspace).keys.create("ci", Scope.READ, digest=DIGEST, hint="")
    with pytest.raises(NotFound):
        catalog.records(other).keys.revoke(key.id)
    catalog.records(workspace).keys.revoke(key.id)
    revoked = catalog.find_key(DIGEST)
    assert revoked is not None
    assert revoked.revoked is not None
    catalog.records(workspace).keys.revoke(key.id)
    assert catalog.records(workspace).keys.all() == [revoked]
    assert catalog.records(other).keys.all() == []


@pytest.mark.parametrize(
    "bad",
    [{"digest": "the secret itself"}, {"hint": "the secret"}, {"name": ""}, {"expires": datetime(2030, 1, 1)}],
)
def test_bad_keys(catalog: Catalog, workspace: int, bad: dict[str, Any]) -> None:
    values = {"name": "ci", "digest": DIGEST, "hint": "", **bad}
    with pytest.raises(InvalidInput):
        catalog.records(workspace).keys.create(scope=Scope.READ, **values)


def test_metadata_fields_have_an_order(catalog: Catalog, workspace: int, other: int) -> None:
    for name in ("a", "b", "c"):
        catalog.records(workspace).metadata_fields.create(name, name.upper(), "string")
    catalog.records(workspace).metadata_fields.reorder(["c", "a", "b"])
    catalog.records(workspace).metadata_fields.delete("a")
    catalog.records(workspace).metadata_fields.create("d", "D", "integer", MetadataFieldPatch(default=5))
    assert [field.external_id for field in catalog.records(workspace).metadata_fields.all()] == ["c", "b", "d"]
    assert catalog.records(workspace).metadata_fields.get("d").default == 5
    assert catalog.records(other).metadata_fields.all() == []
    with pytest.raises(InvalidInput):
        catalog.records(workspace).metadata_fields.reorder(["b", "c"])


def test_metadata_fields_change(catalog: Catalog, workspace: int, other: int) -> None:
    source = ({"external_id": "r", "value": "Red", "state": "active"},)
    made = catalog.records(workspace).metadata_fields.create(
        "colour", "Colour", "enum", MetadataFieldPatch(datasource=source, validation={"type": "x"})
    )
    assert (made.datasource, made.validation, made.mandatory, made.default) == (source, {"type": "x"}, False, None)
    changed = catalog.records(workspace).metadata_fields.update(
        "colour", MetadataFieldPatch(validation=None, mandatory=True)
    )
    assert (changed.validation, changed.mandatory, changed.datasource) == (None, True, source)
    with pytest.raises(Conflict):
        catalog.records(workspace).metadata_fields.create("colour", "Again", "enum")
    with pytest.raises(InvalidInput):
        catalog.records(workspace).metadata_fields.create("x", "X", "float")
    with pytest.raises(NotFound):
        catalog.records(other).metadata_fields.update("colour", MetadataFieldPatch(label="x"))


def test_devices(catalog: Catalog, workspace: int, other: int, logged: Logged) -> None:
    first = catalog.records(workspace).devices.see("cam-1")
    assert logged(lambda: catalog.records(workspace).devices.see("cam-1")) == []
    again = catalog.records(workspace).devices.get("cam-1")
    assert again.id == first.id
    assert again.seen is not None
    assert first.seen is not None
    assert again.seen > first.seen
    changed = catalog.records(workspace).devices.update(
        first.id, DevicePatch(name="Gate", settings={"status": "approved"})
    )
    assert (changed.name, changed.settings) == ("Gate", {"status": "approved"})
    assert catalog.records(workspace).devices.all() == [changed]
    with pytest.raises(NotFound):
        catalog.records(other).devices.delete(first.id)
    catalog.records(workspace).devices.delete(first.id)
    assert catalog.records(workspace).devices.all() == []


def test_a_key_gets_another_name(records: Records) -> None:
    key = records.keys.create("old", Scope.READ, digest="a" * 64, hint="abc")
    records.keys.rename(key.id, " new ")
    assert [known.name for known in records.keys.all()] == ["new"]
    with pytest.raises(NotFound):
        records.keys.rename(10**6, "x")
