from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fototeca.assets import Kind, Owner
from fototeca.catalog import Catalog
from fototeca.errors import Conflict, InvalidInput, NotFound

Add = Callable[..., int]
Logged = Callable[[Callable[[], Any]], list[tuple[str, int, str]]]


@pytest.fixture
def space(catalog: Catalog, workspace: int) -> str:
    return catalog.records(workspace).spaces.create("clip", dimension=3, owner=Owner.ASSET, model="clip@1").name


def vector(*values: float) -> bytes:
    return np.array(values, "<f2").tobytes()


def test_vectors_come_back(catalog: Catalog, workspace: int, add: Add, space: str, logged: Logged) -> None:
    a, b, c = add(), add(), add()
    put = {a: vector(1, 2, 3), b: vector(4, 5, 6)}
    log = logged(lambda: catalog.records(workspace).embeddings.put(space, put))
    assert log == [("asset", a, "updated"), ("asset", b, "updated")]
    loaded = catalog.records(workspace).embeddings.load(space, [c, b, a])
    assert loaded.keys() == {a, b}
    assert np.frombuffer(loaded[b][0].vector, "<f2").tolist() == [4, 5, 6]
    assert (loaded[a][0].space, loaded[a][0].owner, loaded[a][0].owner_id) == (space, Owner.ASSET, a)
    catalog.records(workspace).embeddings.put(space, {a: vector(7, 8, 9)})
    assert catalog.records(workspace).embeddings.load(space, [a])[a][0].vector == vector(7, 8, 9)


def test_iterate_walks_a_space(catalog: Catalog, workspace: int, add: Add, space: str) -> None:
    ids = [add() for _ in range(3)]
    catalog.records(workspace).embeddings.put(space, dict.fromkeys(ids, vector(0, 0, 0)))
    assert [found.owner_id for found in catalog.records(workspace).embeddings.iterate(space, ids[0], limit=1)] == [
        ids[1]
    ]


def test_delete(catalog: Catalog, workspace: int, add: Add, space: str, logged: Logged) -> None:
    a, b = add(), add()
    catalog.records(workspace).embeddings.put(space, dict.fromkeys([a, b], vector(0, 0, 0)))
    assert logged(lambda: catalog.records(workspace).embeddings.delete(space, [a])) == [("asset", a, "updated")]
    assert [found.owner_id for found in catalog.records(workspace).embeddings.iterate(space)] == [b]


def test_wrong_vectors_are_refused_whole(catalog: Catalog, workspace: int, add: Add, space: str, other: int) -> None:
    a, b = add(), add()
    with pytest.raises(InvalidInput, match="4 bytes"):
        catalog.records(workspace).embeddings.put(space, {a: vector(1, 2, 3), b: vector(1, 2)})
    with pytest.raises(NotFound):
        catalog.records(workspace).embeddings.put(space, {a: vector(1, 2, 3), 10**6: vector(1, 2, 3)})
    with pytest.raises(NotFound):
        catalog.records(workspace).embeddings.put("unknown", {})
    catalog.records(other).spaces.create(space, dimension=3, owner=Owner.ASSET, model="m")
    with pytest.raises(NotFound):
        catalog.records(other).embeddings.put(space, {a: vector(1, 2, 3)})
    assert catalog.records(workspace).embeddings.iterate(space) == []


def test_one_space_of_a_kind_is_current(catalog: Catalog, workspace: int, other: int, space: str) -> None:
    catalog.records(workspace).spaces.create("faces", dimension=2, owner=Owner.FACE, model="m")
    catalog.records(workspace).spaces.create("siglip", dimension=4, owner=Owner.ASSET, model="m")
    current = [found.name for found in catalog.records(workspace).spaces.all() if found.current]
    assert current == [space, "faces"]
    catalog.records(workspace).spaces.make_current("siglip")
    assert [found.name for found in catalog.records(workspace).spaces.all() if found.current] == ["faces", "siglip"]
    with pytest.raises(NotFound):
        catalog.records(other).spaces.make_current("siglip")


def test_a_space_is_made_once(catalog: Catalog, workspace: int, add: Add, space: str) -> None:
    again = catalog.records(workspace).spaces.create(space, dimension=3, owner=Owner.ASSET, model="clip@1")
    assert again == catalog.records(workspace).spaces.get(space)
    with pytest.raises(Conflict):
        catalog.records(workspace).spaces.create(space, dimension=4, owner=Owner.ASSET, model="clip@1")
    with pytest.raises(InvalidInput):
        catalog.records(workspace).spaces.create("empty", dimension=0, owner=Owner.ASSET, model="m")
    a = add()
    catalog.records(workspace).embeddings.put(space, {a: vector(1, 2, 3)})
    catalog.records(workspace).spaces.delete(space)
    assert catalog.records(workspace).spaces.all() == []
    assert catalog.records(workspace).embeddings.load(space, [a]) == {}


def test_what_has_no_vector_is_missing(catalog: Catalog, workspace: int, add: Add, space: str, other: int) -> None:
    a, b, c, trashed = add(), add(), add(), add()
    add(kind=Kind.RAW)
    records = catalog.records(workspace)
    records.assets.trash([trashed])
    records.spaces.create("other", dimension=1, owner=Owner.ASSET, model="other@1")
    records.embeddings.put("other", {a: vector(1)})
    records.embeddings.put(space, {b: vector(1, 2, 3)})
    assert records.embeddings.missing(space) == [a, c]
    assert records.embeddings.missing(space, a) == [c]
    assert records.embeddings.missing(space, limit=1) == [a]
    assert [found.space for found in records.embeddings.of_assets([a, b, c])] == ["other", space]
    with pytest.raises(NotFound):
        catalog.records(other).embeddings.missing(space)


def test_the_current_space_can_be_asked_for(catalog: Catalog, workspace: int) -> None:
    spaces = catalog.records(workspace).spaces
    assert spaces.current() is None
    first = spaces.create("first", dimension=1, owner=Owner.ASSET, model="m@1")
    spaces.create("second", dimension=1, owner=Owner.ASSET, model="m@2")
    spaces.create("faces", dimension=1, owner=Owner.FACE, model="f@1")
    assert spaces.current() == first
    spaces.make_current("second")
    current = spaces.current()
    assert current is not None
    assert current.name == "second"
