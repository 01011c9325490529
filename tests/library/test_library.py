from __future__ import annotations

from pathlib import Path

import pytest

from fototeca.assets import Status
from fototeca.errors import CorruptMedia, InvalidInput, NotFound, QueryError
from fototeca.library import Found, Installation, Library
from fototeca.query import Match, Query
from tests.pictures import picture


def names(found: Found) -> list[str]:
    return [hit.asset.filename for hit in found]


def test_a_folder_of_photos_becomes_searchable(filled: Library) -> None:
    assert names(filled.search("beach")) == ["red beach.jpg", "blue sea.jpg"], "the name counts more than the folder"
    assert names(filled.search("camera:canon sort:taken")) == ["red beach.jpg", "blue sea.jpg"]
    assert names(filled.search("taken:2023-07")) == ["blue sea.jpg"]
    assert names(filled.search("folder:photos/city sort:filename")) == ["black street.jpg", "green park.jpg"]
    assert names(filled.search("color:red OR color:green sort:-width")) == ["red beach.jpg", "green park.jpg"]
    assert names(filled.search("missing:taken sort:filename")) == ["black street.jpg", "white wall.jpg"]


def test_options_refine_the_question(filled: Library) -> None:
    found = filled.search("camera:canon", where=Match("color", "blue"), facets=["format"], explain=True)
    assert names(found) == ["blue sea.jpg"]
    assert found.facets["format"].values == [("jpg", 1)]
    assert found.explain
    assert names(filled.search(sort=["-width", "filename"], limit=2)) == ["red beach.jpg", "green park.jpg"]
    assert names(filled.search(Query(Match("color", "white")))) == ["white wall.jpg"]


def test_pages_and_walks_give_everything_once(filled: Library) -> None:
    first = filled.search(sort=["filename"], limit=2)
    assert first.total == 5
    rest = filled.search(sort=["filename"], limit=10, cursor=first.cursor)
    assert rest.cursor is None
    assert len({*names(first), *names(rest)}) == 5
    assert [asset.filename for asset in filled.walk("sort:filename", page=2)] == [*names(first), *names(rest)]


def test_a_write_is_visible_to_the_next_search(filled: Library) -> None:
    asset = filled.search("wall").hits[0].asset
    filled.update([asset.id], title="Sunset", add_tags=("evening",), folder="best")
    for query in ("sunset", "tag:evening", "folder=best"):
        assert names(filled.search(query)) == ["white wall.jpg"], query
    filled.albums.add(filled.albums.create("Favourites").id, [asset.id])
    assert names(filled.search("album:favourites")) == ["white wall.jpg"]


def test_an_upload_is_read_and_linked_to_what_is_there(library: Library) -> None:
    asset, duplicate = library.upload(picture("orange"), "a.jpg", title="One", folder="x")
    assert (asset.title, asset.folder, asset.format, duplicate) == ("One", "x", "jpg", False)
    again, duplicate = library.upload(picture("orange"), "b.jpg")
    assert (again.id, duplicate) == (asset.id, True)
    with pytest.raises(CorruptMedia):
        library.upload(picture("orange")[:400], "cut.jpg")
    assert library.search().total == 1


def test_the_trash_is_left_out_unless_it_is_asked_for(filled: Library) -> None:
    asset = filled.search("wall").hits[0].asset
    filled.trash([asset.id])
    assert filled.search("wall").total == 0
    assert names(filled.search("status:trashed")) == ["white wall.jpg"]
    assert filled.get(asset.id).status is Status.TRASHED
    filled.restore([asset.id])
    assert filled.search("wall").total == 1


def test_deleting_removes_the_bytes_that_nobody_else_needs(filled: Library, installation: Installation) -> None:
    asset, _ = filled.upload(picture("pink"), "pink wall.jpg")
    other = installation.library(installation.create("holder").name)
    other.upload(picture("pink"), "same.jpg")
    filled.delete([asset.id])
    with pytest.raises(NotFound):
        filled.get(asset.id)
    assert filled.search("pink").total == 0
    assert filled.has_original(asset.sha256), "another workspace has the same photo"
    other.delete([other.search().hits[0].asset.id])
    assert not filled.has_original(asset.sha256)
    assert filled.file(asset, "256") is None


def test_files_can_be_read_in_parts(filled: Library) -> None:
    asset = filled.search("beach").hits[0].asset
    original = filled.file(asset, "original")
    assert original is not None
    assert (original.mime, original.size) == ("image/jpeg", asset.bytes)
    whole = b"".join(original.read(0, original.size))
    assert whole[10:20] == b"".join(original.read(10, 20))
    assert filled.file(asset, "9999") is None


def test_workspaces_do_not_see_each_other(filled: Library, installation: Installation) -> None:
    stranger = installation.library(installation.create("stranger").name)
    asset = filled.search("wall").hits[0].asset
    assert stranger.search().total == 0
    assert stranger.load([asset.id]) == []
    for key in (asset.id, asset.uuid):
        with pytest.raises(NotFound):
            stranger.get(key)
    stranger.update([asset.id], title="mine")
    stranger.delete([asset.id])
    assert filled.get(asset.id) == asset


def test_without_a_model_words_match_as_text_and_likeness_says_what_is_missing(filled: Library) -> None:
    hit = filled.search("red").hits[0]
    assert hit.relevance is not None
    assert 0 < hit.relevance <= 1
    with pytest.raises(InvalidInput, match="needs vectors"):
        filled.search(like=[hit.asset.id])
    with pytest.raises(InvalidInput, match="needs vectors"):
        filled.search(f"like:{hit.asset.id}")


def test_a_mistake_is_reported_with_its_place(filled: Library) -> None:
    with pytest.raises(QueryError) as raised:
        filled.search("beach colr:red")
    assert (raised.value.position, raised.value.suggestion) == (6, "color")
    with pytest.raises(QueryError, match="unknown field"):
        filled.search(sort=["nothing"])


def test_a_page_shows_itself_in_a_notebook(filled: Library) -> None:
    filled.update([filled.search("wall").hits[0].asset.id], filename="<b>.jpg")
    page = filled.search()._repr_html_()
    assert page.count("<img") == 5
    assert "&lt;b&gt;.jpg" in page


def test_names_of_workspaces_are_checked(installation: Installation) -> None:
    for name in ("", "A", "a b", "../x", "ä", "a" * 64, "api"):
        with pytest.raises(InvalidInput, match="cannot name a workspace"):
            installation.create(name)
    with pytest.raises(NotFound):
        installation.library("nobody")
    assert installation.library("demo") is installation.library("demo")


def test_open_gives_a_library_and_closes_everything(tmp_path: Path, photos: Path) -> None:
    import fototeca

    with fototeca.open(tmp_path / "data", "home") as library:
        assert isinstance(library, fototeca.Library)
        library.add(photos)
    with fototeca.open(tmp_path / "data", "home") as library:
        assert library.search("beach").total == 2
