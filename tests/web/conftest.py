"""A real browser on a real server with a few photos in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from fototeca.assets import Scope
from tests.pictures import album
from tests.server.conftest import Served, served, workspace

__all__ = ("served", "workspace")

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = [
    "--no-sandbox",  # tests may run as root, where Chromium's own sandbox cannot
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium; for one file at a time, because its driver keeps an event loop in this thread."""
    if _CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()


class Gallery:
    """The page, and what went wrong in it."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.origin = origin
        self.errors: list[str] = []
        self.elsewhere: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._requested(request.url))

    def _requested(self, url: str) -> None:
        if not url.startswith((self.origin, "data:", "blob:")):
            self.elsewhere.append(url)

    def sign_in(self, key: str) -> None:
        self.page.goto(self.origin)
        self.page.get_by_label("Key").fill(key)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_selector(".tile, .empty:not([hidden])")

    def ask(self, question: str) -> None:
        self.page.get_by_role("combobox", name="Search").fill(question)
        self.page.get_by_role("button", name="Search", exact=True).click()

    def total(self, number: int) -> None:
        """Wait until so many pictures are found."""
        self.page.wait_for_function(
            "number => document.querySelector('.photos:not(.busy) .status strong')?.textContent === number",
            arg=f"{number:,}",
        )

    def no_barriers(self) -> None:
        """Check that nothing serious stands in the way of anybody, as axe-core sees it."""
        self.page.evaluate(f"() => {{ if (!window.axe) {{ {AXE_SCRIPT} }} }}")
        found = self.page.evaluate("() => axe.run({resultTypes: ['violations']}).then(results => results.violations)")
        serious = [
            f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}"
            for each in found
            if each["impact"] in {"serious", "critical"}
        ]
        assert serious == []

    def names(self) -> list[str]:
        """The names of the tiles, in their order."""
        names = self.page.locator(".tile").evaluate_all("tiles => tiles.map(tile => tile.getAttribute('aria-label'))")
        return [str(name) for name in names]


class Visitor:
    """A browser profile that has signed in once: its pages begin as signed in as that, with nothing else kept."""

    def __init__(self, context: BrowserContext, origin: str, key: str) -> None:
        self.key = key
        self._context = context
        self._origin = origin
        gallery = Gallery(context.new_page(), origin)
        gallery.sign_in(key)
        gallery.page.close()
        self._cookies = context.cookies()

    @contextmanager
    def page(self) -> Iterator[Gallery]:
        """The gallery in a fresh page; nothing may go wrong in it."""
        self._context.clear_cookies()
        self._context.add_cookies(self._cookies)  # type: ignore[arg-type]  # what it gives is what it takes
        gallery = Gallery(self._context.new_page(), self._origin)
        gallery.page.goto(self._origin)
        gallery.page.wait_for_selector(".tile, .empty:not([hidden])")
        try:
            yield gallery
            assert gallery.errors == []
            assert gallery.elsewhere == []
        finally:
            gallery.page.evaluate("localStorage.clear()")
            gallery.page.close()


@pytest.fixture
def filled(served: Served, workspace: str, tmp_path: Path) -> str:
    """The test file's workspace with five photos in it, as they were at the beginning."""
    served.installation.create(workspace)
    library = served.installation.library(workspace)
    library.delete(library.ids("has:status"))
    for made in library.albums.all():
        library.albums.delete(made.id)
    for entry in library.entries.all("search"):
        library.entries.delete("search", entry.key)
    library.add(album(tmp_path / "photos"))
    return workspace


@pytest.fixture(scope="module")
def writer(browser: Browser, served: Served, workspace: str) -> Iterator[Visitor]:
    """Somebody with a key of the test file's workspace that may write."""
    with visitor(browser, served, workspace, Scope.WRITE) as writer:
        yield writer


@pytest.fixture
def gallery(writer: Visitor, filled: str) -> Iterator[Gallery]:
    """The gallery, signed in with a key that may write."""
    with writer.page() as gallery:
        yield gallery


@pytest.fixture
def reader(browser: Browser, served: Served, filled: str) -> Iterator[Gallery]:
    """The gallery, signed in with a key that may only read."""
    with visitor(browser, served, filled, Scope.READ) as reader, reader.page() as gallery:
        yield gallery


@contextmanager
def visitor(browser: Browser, served: Served, workspace: str, scope: Scope) -> Iterator[Visitor]:
    """Somebody who signs in with a key of a workspace, in a browser profile of their own."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    try:
        yield Visitor(context, served.origin, served.key(workspace, scope))
    finally:
        context.close()
