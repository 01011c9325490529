"""The gallery for everybody: with a keyboard, a screen reader, little light, or a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.web.conftest import Gallery

PAGES = ["people", "albums", "folders", "map", "duplicates", "upload", "state"]


@pytest.mark.parametrize("address", ["/", "/?q=beach -color:red", "/?group=day", *(f"/?view={page}" for page in PAGES)])
def test_nothing_serious_stands_in_anybodys_way(gallery: Gallery, address: str) -> None:
    gallery.page.goto(gallery.origin + address)
    gallery.page.wait_for_selector("main h1, .tile.loaded, .empty:not([hidden])")
    gallery.no_barriers()
    gallery.page.get_by_role("button", name="Light or dark").click()
    gallery.no_barriers()


def test_the_viewer_and_questions_stand_in_nobodys_way(gallery: Gallery) -> None:
    gallery.page.locator(".tile").first.click()
    gallery.page.wait_for_selector("dialog.viewer .facts")
    gallery.no_barriers()
    gallery.page.get_by_role("button", name="Change the title").click()
    expect(gallery.page.locator("dialog.ask")).to_be_visible()
    gallery.no_barriers()


def test_the_box_and_its_answers_stand_in_nobodys_way(gallery: Gallery) -> None:
    box = gallery.page.get_by_role("combobox", name="Search")
    box.press_sequentially("came")
    expect(gallery.page.get_by_role("option", name=re.compile("^camera:"))).to_be_visible()
    gallery.no_barriers()
    gallery.ask("colr:red")
    expect(gallery.page.locator(".box-frame .mistake")).to_be_visible()
    gallery.no_barriers()


def test_signing_in_stands_in_nobodys_way(gallery: Gallery) -> None:
    gallery.page.get_by_role("button", name=re.compile("^Sign out")).click()
    expect(gallery.page.get_by_label("Key")).to_be_visible()
    gallery.no_barriers()


def test_a_phone_shows_everything_within_its_width(gallery: Gallery) -> None:
    gallery.page.set_viewport_size({"width": 375, "height": 700})
    for page in PAGES:
        gallery.page.goto(f"{gallery.origin}/?view={page}")
        expect(gallery.page.locator("main h1")).to_be_visible()
        assert gallery.page.locator("main").evaluate("main => main.scrollWidth - main.clientWidth") == 0, page
    gallery.page.goto(gallery.origin)
    gallery.page.get_by_role("button", name="Narrow down").click()
    expect(gallery.page.locator("section.facet").first).to_be_visible()
    gallery.no_barriers()
    gallery.page.get_by_role("button", name="Narrow down").click()
    gallery.page.locator(".tile").first.click(modifiers=["Control"])
    expect(gallery.page.get_by_role("toolbar").get_by_role("button", name="Trash")).to_be_in_viewport()
    gallery.no_barriers()
    gallery.page.get_by_role("button", name="Choose none").click()
    gallery.page.locator(".tile").first.click()
    viewer = gallery.page.locator("dialog.viewer")
    expect(viewer.get_by_role("button", name="Close")).to_be_in_viewport(ratio=1)
    gallery.no_barriers()
