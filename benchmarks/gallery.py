"""The gallery on a large collection: first paint, scrolling from end to end, and the page's memory, in a real browser.

The assets are synthetic and have no files: the page is measured, not the pictures. What the page's main thread does is
also told in processor time, which says the same on a machine that is busy with other things.
`python -m benchmarks.gallery`
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import shutil
import statistics
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

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

_PREVIEW = bytes.fromhex("d507121d04")


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
            page.add_init_script(_WATCH)
            page.goto(f"http://127.0.0.1:{port}/")
            page.get_by_label("Key").fill(key)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_selector(".tile")
            measure(browser, page, f"http://127.0.0.1:{port}/")
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
        facts=Facts(thumbhash=preview(number), place=Place(city=town, country="Somewhere")),
    )


def preview(number: int) -> str:
    """Return a thumbhash that no other asset has: each has to be drawn."""
    return base64.b64encode(_PREVIEW + hashlib.blake2b(number.to_bytes(8, "big"), digest_size=16).digest()).decode()


def measure(browser: Browser, page: Page, origin: str) -> None:
    paints = {name: first_paint(page, origin + address) for name, address in ADDRESSES.items()}
    print(f"\n{'first tiles painted after, ms':40}{'median':>8}{'worst':>8}")
    for name, times in paints.items():
        print(f"{name:40}{statistics.median(times):8.0f}{max(times):8.0f}")
    page.goto(f"{origin}?sort=-taken")
    page.wait_for_selector(".tile")
    page.wait_for_selector(".rail:not([hidden])")
    before = memory(page)
    started = time.perf_counter()
    browser.start_tracing(page=page, categories=["toplevel"])
    last = scroll(page)
    tasks = main_thread(browser.stop_tracing())
    print(f"\nscrolled from end to end in {STEPS} steps, {time.perf_counter() - started:.0f} s; last tile {last:,}")
    for name, spent in zip(("by the clock", "of processor time"), zip(*tasks, strict=True), strict=True):
        long = sum(each > LONG_TASK_MS for each in spent)
        print(f"tasks over {LONG_TASK_MS} ms {name}: {long} of {len(spent):,}, longest {max(spent):.0f} ms")
    print(f"memory of the page: {before:.0f} MB before, {memory(page):.0f} MB after; {nodes(page):,} nodes")


# The second frame after the first tile: by then the one with the tile in it is painted.
_WATCH = """new MutationObserver((_, watch) => {
    if (!document.querySelector('.tile')) return
    watch.disconnect()
    requestAnimationFrame(() => requestAnimationFrame(() => { window.painted = performance.now() }))
}).observe(document, { childList: true, subtree: true })"""

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
        page.wait_for_function("() => window.painted > 0")
        times.append(float(page.evaluate("window.painted")))
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


def main_thread(trace: bytes) -> list[tuple[float, float]]:
    """Return how long each task of the page's main thread took: by the clock and of processor time, milliseconds."""
    events = json.loads(trace)["traceEvents"]
    threads = {
        (each["pid"], each["tid"])
        for each in events
        if each["name"] == "thread_name" and each["args"]["name"] == "CrRendererMain"
    }
    tasks = (
        each
        for each in events
        if each["ph"] == "X" and each["name"].endswith("RunTask") and (each["pid"], each["tid"]) in threads
    )
    return [(each["dur"] / 1000, each.get("tdur", 0) / 1000) for each in tasks]


def nodes(page: Page) -> int:
    """Return how many nodes the page holds."""
    return int(page.context.new_cdp_session(page).send("Memory.getDOMCounters")["nodes"])


def memory(page: Page) -> float:
    """Megabytes of the page's script heap after a collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


if __name__ == "__main__":
    main()
