"""The gallery, used as a person would: by what stands on the page, with mouse and keyboard."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import msgspec
import pytest
from playwright.sync_api import Browser, expect

from fototeca.assets import Gps, Scope
from tests.pictures import picture
from tests.server.conftest import Served
from tests.web.conftest import Gallery, visitor

EVERYTHING = 5


def test_a_wrong_key_is_told_so(gallery: Gallery) -> None:
    gallery.page.get_by_role("button", name=re.compile("^Sign out")).click()
    gallery.page.get_by_label("Key").fill("ft000")
    gallery.page.get_by_role("button", name="Sign in").click()
    expect(gallery.page.get_by_role("alert")).to_have_text("This key is not known here.")
    gallery.page.reload()
    expect(gallery.page.get_by_label("Key")).to_be_visible()


def test_everything_is_shown_first_and_stays_after_a_reload(gallery: Gallery) -> None:
    gallery.total(EVERYTHING)
    gallery.page.reload()
    gallery.total(EVERYTHING)
    assert len(gallery.names()) == EVERYTHING


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("color:red", ["red beach.jpg"]),
        ("camera:canon -color:red", ["blue sea.jpg"]),
        ("sea", ["blue sea.jpg"]),
        ("folder:photos/city sort:filename", ["black street.jpg", "green park.jpg"]),
        ("taken:2023 sort:-taken", ["blue sea.jpg", "red beach.jpg"]),
    ],
)
def test_questions_of_each_kind(gallery: Gallery, question: str, names: list[str]) -> None:
    gallery.ask(question)
    gallery.total(len(names))
    assert gallery.names() == names


def test_a_question_stands_in_the_address_and_back_leads_back(gallery: Gallery) -> None:
    gallery.ask("color:red")
    gallery.total(1)
    assert "q=color%3Ared" in gallery.page.url
    gallery.page.go_back()
    gallery.total(EVERYTHING)
    gallery.page.go_forward()
    gallery.total(1)
    gallery.page.goto(f"{gallery.origin}/?q=color:blue")
    gallery.total(1)
    assert gallery.names() == ["blue sea.jpg"]


def test_a_mistake_is_marked_where_it_is_and_repaired(gallery: Gallery) -> None:
    gallery.ask("beach colr:red")
    alert = gallery.page.locator(".box-frame .mistake")
    expect(alert).to_contain_text('unknown field "colr"')
    expect(alert.locator("mark")).to_have_text("colr:red")
    alert.get_by_role("button").click()
    gallery.total(1)


def test_fields_and_values_are_completed(gallery: Gallery) -> None:
    box = gallery.page.get_by_role("combobox", name="Search")
    box.press_sequentially("came")
    gallery.page.get_by_role("option", name=re.compile("^camera:")).click()
    canon = gallery.page.get_by_role("option", name=re.compile("Canon EOS 5D"))
    expect(canon).to_contain_text("1")
    box.press("ArrowDown")
    canon.click()
    box.press("Enter")
    gallery.total(1)
    assert gallery.names() == ["red beach.jpg"]


def test_parts_of_the_question_are_negated_and_removed(gallery: Gallery) -> None:
    gallery.ask("camera:canon color:red")
    gallery.total(1)
    gallery.page.get_by_role("button", name="Exclude color:red").click()
    gallery.total(1)
    assert gallery.names() == ["blue sea.jpg"]
    gallery.page.get_by_role("button", name="Remove -color:red").click()
    gallery.total(2)


def test_facets_count_and_narrow(gallery: Gallery) -> None:
    cameras = gallery.page.locator("section.facet", has_text="Cameras")
    canon = cameras.get_by_role("button", name=re.compile("Canon EOS 5D"))
    expect(canon.locator(".number")).to_have_text("1")
    canon.click()
    gallery.total(1)
    expect(cameras.get_by_role("button", name=re.compile("Canon EOS 5D"))).to_have_attribute("aria-pressed", "true")
    cameras.get_by_role("button", name=re.compile("Canon EOS 5D")).click()
    gallery.total(EVERYTHING)


def test_sorted_and_grouped(gallery: Gallery) -> None:
    gallery.page.get_by_label("Sort").select_option("Name")
    expect(gallery.page.locator(".tile").first).to_have_attribute("aria-label", "black street.jpg")
    gallery.page.get_by_label("Group").select_option("By day")
    expect(gallery.page.locator(".heading", has_text="June 1, 2023")).to_be_visible()
    gallery.page.get_by_label("Group").select_option("By folder")
    expect(gallery.page.locator(".heading", has_text="photos/city/night")).to_be_visible()


def test_tagging_several_and_taking_it_back(gallery: Gallery, served: Served, filled: str) -> None:
    gallery.page.locator(".tile").nth(0).click(modifiers=["Control"])
    gallery.page.locator(".tile").nth(2).click(modifiers=["Shift"])
    expect(gallery.page.get_by_role("toolbar")).to_contain_text("3 chosen")
    gallery.page.get_by_role("toolbar").get_by_role("button", name="Tag").click()
    gallery.page.get_by_role("dialog").get_by_role("combobox").fill("summer, sea side")
    gallery.page.get_by_role("dialog").get_by_role("button", name="OK").click()
    expect(gallery.page.locator(".toast")).to_contain_text("Tagged 3 pictures")
    library = served.installation.library(filled)
    assert library.search('tag:summer tag:"sea side"').total == 3
    gallery.page.get_by_role("button", name="Undo").click()
    expect(gallery.page.locator(".toast")).to_have_count(0)
    assert library.search("tag:summer").total == 0


def test_the_trash_and_back(gallery: Gallery, served: Served, filled: str) -> None:
    gallery.page.locator(".tile").first.focus()
    gallery.page.keyboard.press("Space")
    gallery.page.keyboard.press("ArrowRight")
    gallery.page.keyboard.press("Space")
    gallery.page.get_by_role("toolbar").get_by_role("button", name="Trash").click()
    gallery.total(EVERYTHING - 2)
    gallery.page.get_by_role("button", name="Undo").click()
    gallery.total(EVERYTHING)


def test_an_album_is_filled_and_found(gallery: Gallery) -> None:
    gallery.ask("camera:canon")
    gallery.total(2)
    gallery.page.locator(".tile").first.focus()
    gallery.page.keyboard.press("Control+a")
    gallery.page.get_by_role("toolbar").get_by_role("button", name="Album").click()
    gallery.page.get_by_role("dialog").get_by_role("combobox").fill("Canon days")
    gallery.page.keyboard.press("Enter")
    expect(gallery.page.locator(".toast")).to_contain_text("Canon days")
    gallery.page.get_by_role("link", name="Albums").click()
    card = gallery.page.locator(".card", has_text="Canon days")
    expect(card).to_contain_text("2 pictures")
    card.get_by_role("link").click()
    gallery.total(2)


def test_pictures_leave_an_album_and_come_back(gallery: Gallery, served: Served, filled: str) -> None:
    library = served.installation.library(filled)
    album = library.albums.create("Two")
    library.albums.add(album.id, library.ids("camera:canon"))
    gallery.ask(f"album_id:{album.id}")
    gallery.total(2)
    gallery.page.locator(".tile").first.click(modifiers=["Control"])
    gallery.page.get_by_role("toolbar").get_by_role("button", name="Out of the album").click()
    gallery.total(1)
    gallery.page.get_by_role("button", name="Undo").click()
    gallery.total(2)


def test_the_trash_is_emptied_only_when_asked_twice(gallery: Gallery, served: Served, filled: str) -> None:
    library = served.installation.library(filled)
    library.trash(library.ids("color:red"))
    gallery.ask("status:trashed")
    gallery.total(1)
    gallery.page.locator(".tile").first.click(modifiers=["Control"])
    bar = gallery.page.get_by_role("toolbar")
    expect(bar.get_by_role("button", name="Take back")).to_be_visible()
    bar.get_by_role("button", name="Delete for good").click()
    gallery.page.locator("dialog.ask").get_by_role("button", name="Delete").click()
    expect(gallery.page.locator(".toast")).to_contain_text("Deleted 1 picture")
    assert library.search("has:status").total == EVERYTHING - 1


def test_a_saved_search_shows_what_it_finds_now(gallery: Gallery, served: Served, filled: str) -> None:
    gallery.ask("color:red")
    gallery.total(1)
    gallery.page.get_by_role("button", name="Save this search").click()
    gallery.page.get_by_role("dialog").get_by_role("combobox").fill("Red ones")
    gallery.page.keyboard.press("Enter")
    expect(gallery.page.locator(".toast")).to_contain_text("Red ones")
    served.installation.library(filled).upload(picture("red", (77, 55)), "another red.jpg")
    gallery.page.get_by_role("link", name="Albums").click()
    gallery.page.locator(".card", has_text="Red ones").get_by_role("link").click()
    gallery.total(2)


def test_the_viewer_opens_steps_and_closes(gallery: Gallery) -> None:
    first, second = gallery.names()[:2]
    gallery.page.locator(".tile").first.click()
    viewer = gallery.page.locator("dialog.viewer")
    expect(viewer.get_by_role("heading", name=first)).to_be_visible()
    gallery.page.keyboard.press("ArrowRight")
    expect(viewer.get_by_role("heading", name=second)).to_be_visible()
    assert "asset=" in gallery.page.url
    gallery.page.reload()
    expect(viewer.get_by_role("heading", name=second)).to_be_visible()
    gallery.page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()


def test_the_original_is_downloaded_as_it_was(gallery: Gallery, served: Served, filled: str) -> None:
    gallery.ask("color:red")
    gallery.total(1)
    gallery.page.locator(".tile").click()
    with gallery.page.expect_download() as waiting:
        gallery.page.get_by_role("link", name="Download the original").click()
    asset = next(iter(served.installation.library(filled).search("color:red"))).asset
    assert waiting.value.suggested_filename == asset.filename
    assert waiting.value.path().stat().st_size == asset.bytes


def test_facts_lead_to_questions_and_are_changed(gallery: Gallery) -> None:
    gallery.ask("color:red")
    gallery.total(1)
    gallery.page.locator(".tile").click()
    gallery.page.get_by_role("button", name="Change the title").click()
    gallery.page.locator("dialog.ask").get_by_role("combobox").fill("A red field")
    gallery.page.keyboard.press("Enter")
    expect(gallery.page.locator("dialog.viewer").get_by_role("heading", name="A red field")).to_be_visible()
    gallery.page.get_by_role("button", name="Canon EOS 5D", exact=True).click()
    gallery.total(1)
    assert "model%3A" in gallery.page.url


def test_adding_pictures_tells_of_each_what_became_of_it(gallery: Gallery, tmp_path: Path) -> None:
    good, broken = tmp_path / "new.jpg", tmp_path / "broken.jpg"
    good.write_bytes(picture("purple", (50, 40)))
    broken.write_bytes(b"\xff\xd8 not a picture")
    gallery.page.get_by_role("link", name="Add").click()
    gallery.page.get_by_label("With the tags").fill("fresh")
    for _ in range(2):
        gallery.page.locator("input[type=file][multiple]").set_input_files([good, broken])
    rows = gallery.page.get_by_role("list", name="Files").get_by_role("listitem")
    expect(rows.nth(0)).to_contain_text("added")
    expect(rows.nth(1).locator(".failed")).not_to_be_empty()
    expect(rows.nth(2)).to_contain_text("was here already")
    gallery.ask("tag:fresh")
    gallery.total(1)


def test_readers_see_nothing_that_changes(reader: Gallery) -> None:
    expect(reader.page.get_by_role("link", name="Add")).to_have_count(0)
    reader.page.locator(".tile").first.click(modifiers=["Control"])
    bar = reader.page.get_by_role("toolbar")
    expect(bar).to_contain_text("1 chosen")
    assert bar.get_by_role("button", name=re.compile("Tag|Trash|Move|Album")).count() == 0
    reader.page.keyboard.press("Escape")
    reader.page.locator(".tile").first.click()
    viewer = reader.page.locator("dialog.viewer")
    expect(viewer.get_by_role("link", name="Download the original")).to_be_visible()
    assert viewer.get_by_role("button", name=re.compile("^Change|trash|Favourite|add tags")).count() == 0


@pytest.mark.parametrize("view", ["albums", "folders", "map", "state", "upload"])
def test_every_page_opens_by_its_address(gallery: Gallery, view: str) -> None:
    gallery.page.goto(f"{gallery.origin}/?view={view}")
    expect(gallery.page.locator("main h1")).to_be_visible()


def test_the_map_has_the_colours_of_the_page(gallery: Gallery, served: Served, filled: str) -> None:
    library = served.installation.library(filled)
    asset = next(iter(library.search("color:red"))).asset
    where = msgspec.structs.replace(asset.facts, gps=Gps(latitude=48.2, longitude=16.4))
    library.update([asset.id], facts=where)
    gallery.page.goto(f"{gallery.origin}/?view=map")
    expect(gallery.page.get_by_text("1 picture with a position")).to_be_visible()
    corner = "canvas => [...canvas.getContext('2d').getImageData(3, 3, 1, 1).data].slice(0, 3)"
    light = gallery.page.locator("canvas").evaluate(corner)
    gallery.page.get_by_role("button", name="Light or dark").click()
    dark = gallery.page.locator("canvas").evaluate(corner)
    assert min(light) > 200
    assert 0 < max(dark) < 100


def test_the_session_ends_for_the_page_when_its_key_does(browser: Browser, served: Served, filled: str) -> None:
    with visitor(browser, served, filled, Scope.WRITE) as guest, guest.page() as gallery:
        gallery.page.get_by_role("combobox", name="Search").fill("color:red")
        key = served.authority.authenticate(guest.key).key_id
        assert key is not None
        served.installation.library(filled).records.keys.revoke(key)
        # Where the page has heard of it before the key is pressed, there is no box any more, and the same is said.
        gallery.page.keyboard.press("Enter")
        expect(gallery.page.get_by_role("alert")).to_contain_text("session is over")
        assert httpx.get(f"{gallery.origin}/session").status_code == 401
