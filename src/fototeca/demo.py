"""`make demo`: adds photos, starts a real server, and shows five searches with their answers and timings.

Without an argument it takes the sample photos that scikit-image ships and captions them; with a folder, that folder.
"""

from __future__ import annotations

import importlib.util
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from rich.console import Console
from rich.table import Table

_console = Console()
_START_SECONDS = 30.0


class Caption(NamedTuple):
    """What a person would say of a sample photo; the file itself does not tell."""

    title: str
    description: str
    tags: tuple[str, ...]


class Search(NamedTuple):
    """A search worth showing."""

    why: str
    parameters: dict[str, Any]


CAPTIONS = {
    "astronaut.png": Caption("Eileen Collins", "An astronaut in her orange suit before a flag", ("space", "people")),
    "camera.png": Caption("Cameraman", "A photographer with a camera on a tripod", ("people", "classic")),
    "chelsea.png": Caption("Chelsea", "A cat with a calm look", ("animal",)),
    "clock_motion.png": Caption("Clock", "A clock, blurred by the motion of the camera", ("blur",)),
    "coffee.png": Caption("Coffee", "A cup of coffee on a wooden table", ("food",)),
    "coins.png": Caption("Greek coins", "Coins found in Pompeii", ("museum", "classic")),
    "grass.png": Caption("Grass", "Grass seen from above", ("texture",)),
    "gravel.png": Caption("Gravel", "Gravel seen from above", ("texture",)),
    "brick.png": Caption("Brick wall", "A brick wall in the sun", ("texture",)),
    "horse.png": Caption("Horse", "The outline of a horse", ("animal", "drawing")),
    "hubble_deep_field.jpg": Caption("Hubble deep field", "Thousands of galaxies in a patch of sky", ("space",)),
    "moon.png": Caption("Moon", "Craters on the surface of the moon", ("space",)),
    "motorcycle_left.png": Caption("Motorcycle, left eye", "A motorcycle in a garage", ("stereo",)),
    "motorcycle_right.png": Caption("Motorcycle, right eye", "A motorcycle in a garage", ("stereo",)),
    "page.png": Caption("Page", "A printed page, photographed", ("text",)),
    "retina.jpg": Caption("Retina", "The back of a human eye", ("medicine",)),
    "rocket.jpg": Caption("Rocket", "A rocket on its launch pad at dusk", ("space",)),
    "text.png": Caption("Handwriting", "Words written on a board", ("text",)),
}

SAMPLE_SEARCHES = (
    Search("a word, wherever it stands: title, description, tags, file name", {"q": "cat"}),
    Search("words together, a tag excluded", {"q": "space -tag:people", "sort": "-bytes"}),
    Search("exact filters in one expression", {"q": "(color:orange OR color:brown) width>=500 sort:-width"}),
    Search("facts read from the files: the camera's maker", {"q": "camera:pentax"}),
    Search("everything, counted by tag and by format", {"q": "*", "facet": ["tag", "format"], "limit": 3}),
)

FOLDER_SEARCHES = (
    Search(
        "everything, newest photo first, counted by camera and format",
        {
            "q": "* sort:-taken",
            "facet": ["camera", "format"],
            "limit": 5,
        },
    ),
    Search(
        "photos with a position, counted by country and city",
        {"q": "has:gps", "facet": ["country", "city"], "limit": 5},
    ),
    Search(
        "wide pictures with a lot of blue, the sharpest first",
        {"q": "aspect:landscape color:blue sort:-sharpness", "limit": 5},
    ),
    Search("large files without keywords", {"q": "bytes>=1mb missing:tag sort:-bytes", "limit": 5}),
    Search("counted by year", {"q": "has:taken", "facet": ["format"], "limit": 5}),
)


def main(arguments: list[str]) -> None:
    """Run the demo; ends by itself."""
    folder = Path(arguments[0]) if arguments else _sample_photos()
    _say("1. Adding photos", f"fototeca add {folder.name if not arguments else folder} --workspace demo")
    _fototeca("add", str(folder), "--workspace", "demo", *([] if arguments else ["--folder", "samples"]))
    key = json.loads(_fototeca("key", "create", "--workspace", "demo", "--name", "make demo", "--json", quiet=True))[
        "api_key"
    ]
    with _server() as origin, httpx.Client(base_url=origin, headers={"Authorization": f"Bearer {key}"}) as client:
        if not arguments:
            _caption(client)
        for number, search in enumerate(FOLDER_SEARCHES if arguments else SAMPLE_SEARCHES, 2):
            _show(client, number, search)
    _console.rule()
    _console.print("Now open the server yourself:\n")
    _console.print("  make serve")
    _console.print(
        f'  curl -H "Authorization: Bearer {key}" "http://127.0.0.1:8000/v1/search?q=cat"',
        soft_wrap=True,
        highlight=False,
    )
    _console.print("\nor search on the command line:\n")
    _console.print('  .venv/bin/fototeca search "color:blue sort:-width" --workspace demo\n', highlight=False)


def _sample_photos() -> Path:
    spec = importlib.util.find_spec("skimage")
    if spec is None or spec.origin is None:
        sys.exit("the sample photos come with the package scikit-image, which `make setup` installs; or name a folder")
    return Path(spec.origin).parent / "data"


def _fototeca(*arguments: str, quiet: bool = False) -> str:
    command = [sys.executable, "-m", "fototeca.cli", *arguments]
    done = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE if quiet else None)  # noqa: S603 - our own command
    return done.stdout or ""


@contextmanager
def _server() -> Iterator[str]:
    """Run `fototeca serve` on a free port; yield its origin."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "fototeca.cli", "serve", "--port", str(port)]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, stderr=log)  # noqa: S603 - our own command
        origin = f"http://127.0.0.1:{port}"
        try:
            if not _is_ready(process, origin):
                log.seek(0)
                sys.exit(f"the server did not start:\n{log.read()}")
            yield origin
        finally:
            process.terminate()
            process.wait()


def _is_ready(process: subprocess.Popen[bytes], origin: str) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{origin}/readyz").is_success:
                return True
        except httpx.TransportError:
            time.sleep(0.1)
    return False


def _caption(client: httpx.Client) -> None:
    hits = client.get("/v1/search", params={"q": "folder:samples", "limit": 100}).raise_for_status().json()["hits"]
    for hit in hits:
        caption = CAPTIONS.get(hit["asset"]["filename"])
        if caption is not None:
            client.patch(f"/v1/assets/{hit['id']}", json=caption._asdict()).raise_for_status()


def _show(client: httpx.Client, number: int, search: Search) -> None:
    start = time.perf_counter()
    answer = client.get("/v1/search", params={"limit": 5} | search.parameters).raise_for_status().json()
    took = (time.perf_counter() - start) * 1000
    _say(f"{number}. {search.why[0].upper()}{search.why[1:]}", f"GET /v1/search?q={search.parameters['q']}")
    table = Table(box=None, header_style="bold")
    for name in ("id", "filename", "title", "size", "taken", "relevance"):
        table.add_column(name)
    for hit in answer["hits"]:
        asset = hit["asset"]
        table.add_row(
            str(hit["id"]),
            asset["filename"],
            asset.get("title") or "",
            f"{asset['width']}x{asset['height']}",
            (asset.get("taken") or "")[:10],
            "" if hit["relevance"] is None else f"{hit['relevance']:.2f}",
        )
    _console.print(table)
    for name, facet in (answer.get("facets") or {}).items():
        counts = ", ".join(f"{value['value']} {value['count']}" for value in facet["values"])
        _console.print(f"{name}: {counts}", highlight=False, markup=False)
    engine = answer["took_ms"]
    _console.print(f"{answer['total']} found in {engine:.1f} ms, {took:.1f} ms over HTTP", style="dim")


def _say(title: str, command: str) -> None:
    _console.print(f"\n[bold]{title}[/bold]")
    _console.print(f"   {command}", style="cyan", highlight=False, markup=False)


if __name__ == "__main__":
    main(sys.argv[1:])
