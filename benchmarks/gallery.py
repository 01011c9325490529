"""The gallery on a large collection: first paint, scrolling from end to end, and the page's memory, in a real browser.

The assets are synthetic and have no files: the page is measured, not the pictures. `python -m benchmarks.gallery`
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.server import serving
from fototeca.assets import Facts, NewAsset, Place
from fototeca.library import Installation
from fototeca.settings import Settings

WORKSPACE = "demo"
BATCH = 10_000
RUNS = 5
STEPS = 200
LONG_TASK_MS = 50
_SHAPES = ((4000, 3000), (3000, 4000), (4000, 2250), (3000, 3000), (6000, 2500))
_TOWNS = ("Vienna", "Rome", "Lisbon", "Oslo", "Kyoto")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]

WATCH = """
window.longTasks = [];
new PerformanceObserver(list => list.getEntries().forEach(each => window.longTasks.push(each.duration)))
  .observe({type: "longtask", buffered: true});
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path, help="keep the collection here, and use it if it is there")
    given = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("there is no Chromium on this machine")
    with tempfile.TemporaryDirectory() as temporary:
        data = given.data or Path(temporary)
        fill(data, given.assets)
        with serving(data) as (port, key), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.set_default_timeout(120_000)
            page.goto(f"http://127.0.0.1:{port}/")
            page.get_by_label("Key").fill(key)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_selector(".tile")
            measure(page, f"http://127.0.0.1:{port}/")
            browser.close()


def fill(data: Path, count: int) -> None:
    """Put the records into the catalogue and the index."""
    with Installation(Settings.from_environment(data, {})) as installation:
        library = installation.library(WORKSPACE)
        have = library.records.assets.count()
        started = time.perf_counter()
        for first in range(have, count, BATCH):
            library.records.assets.add([new(number) for number in range(first, min(first + BATCH, count))])
            print(f"\r{first:,} recorded", end="", flush=True)
        library.flush()
        print(f"\r{count:,} assets ready in {time.perf_counter() - started:.0f} s")


def new(number: int) -> NewAsset:
    width, height = _SHAPES[number % len(_SHAPES)]
    town = _TOWNS[number // 500 % len(_TOWNS)]
    return NewAsset(
        sha256=f"{number:064x}",
        filename=f"IMG_{number:07}.jpg",
        format="jpg",
        mime="image/jpeg",
        bytes=3_000_000 + number % 1000,
        width=width,
        height=height,
        folder=f"{2000 + number % 25}/{number % 400}",
        tags=(f"tag {number % 50}",),
        taken=datetime(2000, 1, 1) + timedelta(minutes=13 * number),  # noqa: DTZ001 - a camera's clock
        facts=Facts(thumbhash="1QcSHQRnh493V4dIh4eXh1h4kJUI", place=Place(city=town, country="Somewhere")),
    )


def measure(page: Page, origin: str) -> None:
    paints = {name: first_paint(page, origin + address) for name, address in ADDRESSES.items()}
    print(f"\n{'first tiles painted after, ms':40}{'median':>8}{'worst':>8}")
    for name, times in paints.items():
        print(f"{name:40}{statistics.median(times):8.0f}{max(times):8.0f}")
    page.goto(f"{origin}?sort=-taken")
    page.wait_for_selector(".tile")
    page.wait_for_selector(".rail:not([hidden])")
    page.evaluate(WATCH)
    before = memory(page)
    started = time.perf_counter()
    last = scroll(page)
    tasks = page.evaluate("window.longTasks")
    print(f"\nscrolled from end to end in {STEPS} steps, {time.perf_counter() - started:.0f} s; last tile {last:,}")
    print(f"tasks over {LONG_TASK_MS} ms: {len(tasks)}, longest {max(tasks, default=0):.0f} ms")
    print(f"memory of the page: {before:.0f} MB before, {memory(page):.0f} MB after")


ADDRESSES = {
    "everything, newest": "?sort=-taken",
    "a filter": "?q=tag%3A%22tag+7%22+width%3E3500",
    "grouped by day": "?sort=-taken&group=day",
    "one year": "?q=taken%3A2000&sort=taken",
}


def first_paint(page: Page, address: str) -> list[float]:
    """Milliseconds from the start of the navigation to the first frame with tiles in it."""
    times = []
    for _ in range(RUNS):
        page.goto(address, wait_until="commit")
        page.wait_for_selector(".tile")
        times.append(float(page.evaluate("new Promise(done => requestAnimationFrame(() => done(performance.now())))")))
    return times


def scroll(page: Page) -> int:
    """Drag the bar to the end in equal steps, with some turns of the wheel at each; return the last tile's place."""
    page.mouse.move(700, 500)
    for step in range(1, STEPS + 1):
        page.evaluate(
            "share => { const grid = document.querySelector('.grid');"
            " grid.scrollTop = share * (grid.scrollHeight - grid.clientHeight); }",
            step / STEPS,
        )
        page.mouse.wheel(0, 300)
        page.wait_for_timeout(60)
    page.wait_for_timeout(1500)
    places = page.locator(".tile").evaluate_all("tiles => tiles.map(tile => tile.ariaPosInSet)")
    return max(int(place) for place in places)


def memory(page: Page) -> float:
    """Megabytes of the page's script heap after a collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


if __name__ == "__main__":
    main()
