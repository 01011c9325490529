"""The versions of an asset in the gallery: shown where there are several, chosen, and deleted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from fototeca.library import Library
from tests.pictures import picture
from tests.server.conftest import Served
from tests.web.conftest import Gallery

NAME = "red beach.jpg"


@pytest.fixture
def library(served: Served, filled: str) -> Library:
    """The workspace with a photo that was replaced twice."""
    library = served.installation.library(filled)
    [hit] = library.search("color:red").hits
    library.replace(hit.asset.id, picture("lime", (90, 60)), "lime.jpg")
    library.replace(hit.asset.id, picture("blue", (70, 80)), "blue.jpg")
    return library


def the_photo(gallery: Gallery, name: str) -> Locator:
    """Open a photo; gives its viewer."""
    gallery.ask("sort:filename")
    gallery.page.get_by_role("option", name=name).click()
    return gallery.page.locator("dialog.viewer")


def rows(viewer: Locator) -> Locator:
    return viewer.locator(".versions li")


def test_versions_are_shown_where_there_are_several(gallery: Gallery, library: Library) -> None:
    viewer = the_photo(gallery, "blue.jpg")
    expect(rows(viewer)).to_have_count(3)
    expect(rows(viewer).nth(0)).to_contain_text(re.compile(rf"1 · {NAME}.*200 . 100 · "))
    expect(rows(viewer).nth(2)).to_contain_text("Current version")
    loaded = "nodes => nodes.every(node => node.complete && node.naturalWidth > 0)"
    gallery.page.wait_for_function(f"() => ({loaded})([...document.querySelectorAll('.versions img')])")
    assert Axe().run(gallery.page).response["violations"] == []
    gallery.page.keyboard.press("Escape")
    viewer = the_photo(gallery, "green park.jpg")
    expect(viewer.get_by_role("heading", name="Like this one").or_(viewer.locator(".facts")).first).to_be_visible()
    expect(viewer.get_by_role("heading", name="Versions")).to_have_count(0)


def test_a_version_is_made_current_and_another_after_it(gallery: Gallery, library: Library) -> None:
    viewer = the_photo(gallery, "blue.jpg")
    rows(viewer).nth(0).get_by_role("button", name="Make current").click()
    expect(viewer.get_by_role("heading", name=NAME)).to_be_visible()
    expect(rows(viewer).nth(0)).to_contain_text("Current version")
    expect(viewer.locator(".facts").first).to_contain_text(re.compile("200 . 100"))
    assert library.search("color:red").hits[0].asset.version == 1
    rows(viewer).nth(2).get_by_role("button", name="Make current").click()
    expect(rows(viewer).nth(2)).to_contain_text("Current version")
    assert library.search("color:red").total == 0


def test_a_version_is_deleted_once_that_is_confirmed(gallery: Gallery, library: Library) -> None:
    viewer = the_photo(gallery, "blue.jpg")
    rows(viewer).nth(1).get_by_role("button", name="Delete version 2").click()
    gallery.page.get_by_role("button", name="Cancel").click()
    expect(rows(viewer)).to_have_count(3)
    rows(viewer).nth(2).get_by_role("button", name="Delete version 3").click()
    gallery.page.get_by_role("button", name="Delete", exact=True).click()
    expect(rows(viewer)).to_have_count(2)
    expect(viewer.get_by_role("heading", name="lime.jpg")).to_be_visible()
    assert library.search("filename:lime").total == library.search("width:90 height:60").total == 1


def test_a_version_is_downloaded_as_it_was(gallery: Gallery, library: Library, tmp_path: Path) -> None:
    viewer = the_photo(gallery, "blue.jpg")
    with gallery.page.expect_download() as downloading:
        viewer.get_by_label("Download version 2").click()
    assert downloading.value.suggested_filename == "lime.jpg"
    downloading.value.save_as(tmp_path / "lime.jpg")
    assert (tmp_path / "lime.jpg").read_bytes() == picture("lime", (90, 60))


def test_readers_may_look_at_versions_and_no_more(reader: Gallery, library: Library) -> None:
    viewer = the_photo(reader, "blue.jpg")
    expect(rows(viewer)).to_have_count(3)
    expect(viewer.get_by_label("Download version 1")).to_be_visible()
    expect(viewer.get_by_role("button", name="Make current")).to_have_count(0)
    expect(viewer.get_by_role("button", name=re.compile("^Delete version"))).to_have_count(0)
