"""Entries: named by kind and key, apart by workspace."""

from __future__ import annotations

import pytest

from fototeca.catalog import Catalog, Records
from fototeca.errors import Conflict, InvalidInput, NotFound


def test_an_entry_is_kept_under_its_kind_and_key(records: Records) -> None:
    made = records.entries.create("preset", "web", {"folder": "a"})
    assert records.entries.get("preset", "web") == made
    assert records.entries.find("preset", "web") == made
    assert records.entries.find("preset", "app") is None
    assert (made.kind, made.key, made.value, made.workspace) == ("preset", "web", {"folder": "a"}, "home")
    with pytest.raises(NotFound):
        records.entries.get("token", "web")


def test_a_taken_key_is_refused_and_can_be_overwritten(records: Records) -> None:
    first = records.entries.create("preset", "web", {"n": 1})
    with pytest.raises(Conflict):
        records.entries.create("preset", "web", {"n": 2})
    assert records.entries.get("preset", "web") == first
    assert records.entries.put("preset", "web", {"n": 3}).id == first.id
    assert records.entries.put("preset", "new", {}).value == {}
    assert [(entry.key, entry.value) for entry in records.entries.all("preset")] == [("web", {"n": 3}), ("new", {})]


def test_a_removed_entry_is_gone(records: Records) -> None:
    records.entries.create("preset", "web", {})
    records.entries.delete("preset", "web")
    assert records.entries.all("preset") == []
    with pytest.raises(NotFound):
        records.entries.delete("preset", "web")


def test_an_empty_key_is_refused(records: Records) -> None:
    for write in (records.entries.create, records.entries.put):
        with pytest.raises(InvalidInput):
            write("preset", "", {})


def test_workspaces_have_their_own_and_a_secret_key_finds_its_own(catalog: Catalog, records: Records) -> None:
    other = catalog.records(catalog.workspaces.create("other").id)
    records.entries.create("token", "secret", {"n": 1})
    assert other.entries.all("token") == []
    assert catalog.find_entry("token", "unknown") is None
    found = catalog.find_entry("token", "secret")
    assert found is not None
    assert (found.workspace, found.value) == ("home", {"n": 1})
