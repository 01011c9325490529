"""What the gallery shows of what models see: likeness, people, copies; with a model of a few hundred bytes."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from skimage import data as samples

from fototeca.assets import Scope
from fototeca.catalog import NewFace
from fototeca.library import Library
from tests.pictures import album, picture
from tests.server.conftest import Served, serve
from tests.vision import tiny_models
from tests.web.conftest import Gallery, Visitor, visitor

WORKSPACE = "seeing"
EVERYTHING = 6
WITH_VECTORS = 5
"""The model makes nothing of the black one."""


@pytest.fixture(scope="module")
def seeing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with a model, whose photos have been seen."""
    data = tmp_path_factory.mktemp("seeing")
    tiny_models.write(data / "models" / "tiny")
    with serve(data) as served:
        served.installation.create(WORKSPACE)
        library = served.installation.library(WORKSPACE)
        folder = album(tmp_path_factory.mktemp("album") / "photos")
        Image.fromarray(samples.coffee()).save(folder / "coffee.jpg", quality=92)
        library.add(folder)
        library.enrich()
        yield served


@pytest.fixture
def library(seeing: Served) -> Library:
    return seeing.installation.library(WORKSPACE)


@pytest.fixture(scope="module")
def writer(browser: Browser, seeing: Served) -> Iterator[Visitor]:
    with visitor(browser, seeing, WORKSPACE, Scope.WRITE) as writer:
        yield writer


@pytest.fixture
def gallery(writer: Visitor) -> Iterator[Gallery]:
    with writer.page() as gallery:
        yield gallery


def test_more_like_this_and_less_like_that(gallery: Gallery, library: Library) -> None:
    gallery.total(EVERYTHING)
    gallery.page.get_by_role("option", name="red beach.jpg").click()
    gallery.page.locator("dialog.viewer").get_by_role("button", name="More like this").click()
    expect(gallery.page.locator(".chip.like")).to_have_count(1)
    gallery.page.wait_for_selector(".tile .relevance", state="attached")
    assert gallery.names()[0] == "red beach.jpg"
    gallery.page.locator(".tile").nth(1).click()
    gallery.page.locator("dialog.viewer").get_by_role("button", name="Less like this").click()
    expect(gallery.page.locator(".chip.unlike")).to_have_count(1)
    assert "unlike=" in gallery.page.url
    gallery.page.locator(".chip.unlike").get_by_role("button").click()
    gallery.page.locator(".chip.like").get_by_role("button").click()
    gallery.total(EVERYTHING)


@pytest.mark.parametrize(
    "event",
    [
        """document.querySelector(".stage").dispatchEvent(
            new DragEvent("drop", {dataTransfer: transfer, bubbles: true, cancelable: true}))""",
        """document.querySelector(".box-input").dispatchEvent(
            new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true, cancelable: true}))""",
    ],
    ids=["dropped", "pasted"],
)
def test_a_picture_from_elsewhere_is_searched_by(gallery: Gallery, event: str) -> None:
    gallery.total(EVERYTHING)
    data = base64.b64encode(picture("red", (60, 30))).decode()
    gallery.page.evaluate(
        """data => {
            const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], "example.jpg", {type: "image/jpeg"}));
            EVENT;
        }""".replace("EVENT", event),
        data,
    )
    expect(gallery.page.locator(".chip.picture")).to_contain_text("like your picture")
    gallery.page.wait_for_selector(".tile .relevance", state="attached")
    assert gallery.names()[0] == "red beach.jpg"


def test_a_picture_that_is_chosen_is_searched_by(gallery: Gallery, tmp_path: Path) -> None:
    example = tmp_path / "green.jpg"
    example.write_bytes(picture("green", (50, 50)))
    gallery.page.locator("form.box input[type=file]").set_input_files(example)
    gallery.page.wait_for_selector(".tile .relevance", state="attached")
    assert gallery.names()[0] == "green park.jpg"


def test_weaker_matches_are_shown_behind_a_line(gallery: Gallery) -> None:
    gallery.page.goto(f"{gallery.origin}/?q=red&least=0")
    gallery.page.wait_for_selector(".tile .relevance", state="attached")
    assert len(gallery.names()) == WITH_VECTORS
    expect(gallery.page.locator(".heading", has_text="Weaker matches")).to_be_visible()
    gallery.page.get_by_role("button", name="only good ones").click()
    expect(gallery.page.locator(".heading")).to_have_count(0)
    assert len(gallery.names()) < WITH_VECTORS
    expect(gallery.page.locator(".status")).to_contain_text("good match")


def test_people_are_named_merged_and_hidden(gallery: Gallery, library: Library) -> None:
    first, second = library.ids("")[:2]
    box = (0.1, 0.1, 0.5, 0.5)
    ann, bo = library.people.create().id, library.people.create().id
    library.records.faces.add(first, [NewFace(box=box, person_id=ann)])
    library.records.faces.add(second, [NewFace(box=box, person_id=bo)])
    gallery.page.goto(f"{gallery.origin}/?view=people")
    cards = gallery.page.locator(".card.person")
    expect(cards).to_have_count(2)
    cards.first.get_by_role("button", name="Name this person").click()
    gallery.page.locator("dialog.ask").get_by_role("combobox").fill("Ann")
    gallery.page.keyboard.press("Enter")
    named = gallery.page.locator(".card.person", has_text="Ann")
    expect(named).to_contain_text("1 picture")
    for card in cards.all():
        card.get_by_role("button", name=re.compile("^Choose")).click()
    gallery.page.get_by_role("button", name="They are the same person").click()
    expect(cards).to_have_count(1)
    expect(named).to_contain_text("2 pictures")
    named.get_by_role("link").click()
    gallery.total(2)
    assert "person%3AAnn" in gallery.page.url
    gallery.page.get_by_role("link", name="People").click()
    named.get_by_role("button", name="Hide Ann").click()
    expect(gallery.page.locator("details", has_text="Hidden")).to_be_visible()
    gallery.page.get_by_role("button", name="Undo").click()
    expect(gallery.page.locator("details", has_text="Hidden")).to_have_count(0)


def test_faces_are_corrected_and_named_for_all_of_a_person(gallery: Gallery, library: Library) -> None:
    first, second = library.ids("")[:2]
    for face in library.faces.of_person(None, 0, 100):
        library.faces.delete([face.id])
    cy = library.people.create().id
    box = (0.2, 0.2, 0.5, 0.5)
    library.records.faces.add(first, [NewFace(box=box, person_id=cy), NewFace(box=(0.0, 0.0, 0.1, 0.1))])
    library.records.faces.add(second, [NewFace(box=box, person_id=cy)])
    gallery.page.goto(f"{gallery.origin}/?group=person")
    expect(gallery.page.locator(".strip-section", has_text="Somebody without a name · 2 pictures")).to_be_visible()
    gallery.page.goto(f"{gallery.origin}/?asset={first}")
    viewer = gallery.page.locator("dialog.viewer")
    viewer.get_by_role("button", name="Somebody: who?").first.click()
    gallery.page.locator("dialog.ask").get_by_role("combobox").fill("Cy")
    gallery.page.keyboard.press("Enter")
    expect(viewer.get_by_role("button", name="Cy", exact=True)).to_have_count(2)  # in the list and as a box
    assert library.search("person:Cy").total == 2
    viewer.get_by_role("button", name="This is not Cy").click()
    expect(viewer.get_by_role("button", name="Cy", exact=True)).to_have_count(0)
    assert library.search("person:Cy").total == 1
    viewer.get_by_role("button", name="This is no face").first.click()
    gallery.page.locator("dialog.ask").get_by_role("button", name="It is no face").click()
    expect(viewer.get_by_role("button", name="This is no face")).to_have_count(1)


def test_why_something_was_found_is_told(gallery: Gallery) -> None:
    gallery.page.goto(f"{gallery.origin}/?q=red&least=0")
    gallery.page.locator(".tile").first.click()
    viewer = gallery.page.locator("dialog.viewer")
    viewer.get_by_role("button", name="Why was it found?").click()
    expect(viewer.locator(".why")).to_contain_text("The whole picture: likeness")
    expect(viewer.locator(".why .steps").first).to_contain_text("status:active")


def test_copies_are_reviewed(gallery: Gallery, library: Library, tmp_path: Path) -> None:
    source = next(iter(library.search("filename:coffee"))).asset
    file = library.file(source, "original")
    assert file is not None
    original = tmp_path / "original.jpg"
    original.write_bytes(b"".join(file.read(0, file.size)))
    copy = tmp_path / "smaller copy.jpg"
    Image.open(original).resize((300, 200)).save(copy, quality=85)
    library.add(copy)
    gallery.page.goto(f"{gallery.origin}/?view=duplicates")
    group = gallery.page.locator(".copies")
    expect(group).to_have_count(1)
    expect(group.locator(".kept")).to_contain_text("coffee.jpg")
    group.get_by_role("button", name="Put the other into the trash").click()
    expect(group).to_have_count(0)
    assert library.search("filename:smaller").total == 0
    gallery.page.get_by_role("button", name="Undo").click()
    expect(gallery.page.locator(".toast")).to_have_count(0)
    assert library.search("filename:smaller").total == 1
    library.delete(library.ids("filename:smaller"))


def test_the_state_of_the_work_is_shown(gallery: Gallery) -> None:
    gallery.page.goto(f"{gallery.origin}/?view=state")
    expect(gallery.page.get_by_role("row", name=re.compile("^meaning 0 1"))).to_be_visible()
    expect(gallery.page.get_by_text("no face detector")).to_be_visible()
