from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from fototeca.catalog import Catalog
from fototeca.errors import Conflict, InvalidInput, NotFound

Add = Callable[..., int]
Logged = Callable[[Callable[[], Any]], list[tuple[str, int, str]]]


def paths(catalog: Catalog, workspace: int) -> list[str]:
    return [folder.path for folder in catalog.records(workspace).folders.tree()]


def test_create_makes_the_folders_above(catalog: Catalog, workspace: int, other: int) -> None:
    made = catalog.records(workspace).folders.create("/a/b c/ü/")
    assert made.path == "a/b c/ü"
    assert paths(catalog, workspace) == ["a", "a/b c", "a/b c/ü"]
    assert (
        catalog.records(workspace).folders.create("a/b c/ü") == made == catalog.records(workspace).folders.get(made.id)
    )
    assert paths(catalog, other) == []


def test_children_and_counts(catalog: Catalog, workspace: int, add: Add) -> None:
    add(folder="a/x")
    add(folder="a/x/deep")
    trashed = add(folder="a/x")
    catalog.records(workspace).assets.trash([trashed])
    catalog.records(workspace).folders.create("b")
    assert [(folder.path, folder.count) for folder in catalog.records(workspace).folders.children("a")] == [("a/x", 1)]
    assert [folder.path for folder in catalog.records(workspace).folders.children()] == ["a", "b"]
    with pytest.raises(NotFound):
        catalog.records(workspace).folders.children("nowhere")


def test_siblings_do_not_come_between_a_folder_and_its_children(catalog: Catalog, workspace: int) -> None:
    for path in ("a!", "a/b"):
        catalog.records(workspace).folders.create(path)
    assert paths(catalog, workspace) == ["a", "a/b", "a!"]


def test_move_takes_the_subtree_and_logs_its_assets(catalog: Catalog, workspace: int, add: Add, logged: Logged) -> None:
    inside, deep, outside = add(folder="a"), add(folder="a/b_/c"), add(folder="a_")
    changes = logged(lambda: catalog.records(workspace).folders.move("a", "new/home"))
    assert [entry for entry in changes if entry[0] == "asset"] == [
        ("asset", inside, "updated"),
        ("asset", deep, "updated"),
    ]
    assert paths(catalog, workspace) == ["a_", "new", "new/home", "new/home/b_", "new/home/b_/c"]
    found = catalog.records(workspace).assets.load([inside, deep, outside])
    assert [asset.folder for asset in found] == ["new/home", "new/home/b_/c", "a_"]
    assert [folder.path for folder in catalog.records(workspace).folders.children("new")] == ["new/home"]


def test_move_refuses_what_cannot_be(catalog: Catalog, workspace: int) -> None:
    catalog.records(workspace).folders.create("a/b")
    catalog.records(workspace).folders.create("c")
    with pytest.raises(Conflict):
        catalog.records(workspace).folders.move("a", "c")
    with pytest.raises(InvalidInput):
        catalog.records(workspace).folders.move("a", "a/b/d")
    with pytest.raises(NotFound):
        catalog.records(workspace).folders.move("x", "y")
    assert paths(catalog, workspace) == ["a", "a/b", "c"]
    assert catalog.records(workspace).folders.move("a", "a").path == "a"


def test_a_subtree_cannot_be_moved_too_deep(catalog: Catalog, workspace: int) -> None:
    long = "/".join(["x" * 200] * 4)
    catalog.records(workspace).folders.create(f"a/{long}")
    with pytest.raises(InvalidInput, match="1024"):
        catalog.records(workspace).folders.move("a", "y" * 250)
    assert f"a/{long}" in paths(catalog, workspace)


def test_only_an_empty_folder_is_deleted(catalog: Catalog, workspace: int, add: Add) -> None:
    id_ = add(folder="a/b")
    catalog.records(workspace).assets.trash([id_])
    for path in ("a", "a/b"):
        with pytest.raises(Conflict):
            catalog.records(workspace).folders.delete(path)
    catalog.records(workspace).assets.delete([id_])
    catalog.records(workspace).folders.delete("a/b")
    assert paths(catalog, workspace) == ["a"]
    with pytest.raises(NotFound):
        catalog.records(workspace).folders.delete("a/b")


@pytest.mark.parametrize(
    "path", ["", "/", "a//b", "./a", "a/..", "x" * 256, "/".join(["ü" * 200] * 3), "a\0", "\udcff"]
)
def test_bad_paths(catalog: Catalog, workspace: int, path: str) -> None:
    with pytest.raises(InvalidInput):
        catalog.records(workspace).folders.create(path)


def test_folders_by_their_names_and_below(catalog: Catalog, workspace: int, other: int) -> None:
    folders = catalog.records(workspace).folders
    deep, side = (structs.replace(folders.create(path), count=None) for path in ("a/b/c", "a-b"))
    assert folders.by_uuid([deep.uuid, side.uuid, "nobody"]) == {deep.uuid: deep, side.uuid: side}
    assert folders.by_path(["a/b/c", "nowhere"]) == {"a/b/c": deep}
    assert folders.by_path([]) == {}
    assert catalog.records(other).folders.by_uuid([deep.uuid]) == {}
    assert [folder.path for folder in folders.below("a")] == ["a/b", "a/b/c"]
    assert folders.below("") == folders.tree()
    with pytest.raises(NotFound):
        folders.below("nowhere")


def test_a_dissolved_folder_leaves_its_assets_to_its_parent(
    catalog: Catalog, workspace: int, add: Add, logged: Logged
) -> None:
    records = catalog.records(workspace)
    inside, deep, trashed = add(folder="a/b"), add(folder="a/b/c/d"), add(folder="a/b")
    records.assets.trash([trashed])
    add(folder="a-b")
    entries = logged(lambda: records.folders.dissolve("a/b"))
    assert paths(catalog, workspace) == ["a", "a-b"]
    assert [asset.folder for asset in records.assets.load([inside, deep, trashed])] == ["a"] * 3
    assert {entry[1] for entry in entries if entry[0] == "asset"} == {inside, deep, trashed}
    records.folders.dissolve("a")
    assert records.assets.get(deep).folder == ""
    with pytest.raises(NotFound):
        records.folders.dissolve("a")
