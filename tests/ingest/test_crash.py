"""A run that is killed loses nothing that it reported; the next one completes the rest."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from fototeca.assets import Asset
from fototeca.blobs import Blobs, original_key, rendition_key
from fototeca.catalog import Catalog
from fototeca.ingest import Report
from tests.ingest.samples import jpeg, write

PHOTOS = 300


@pytest.fixture
def source(tmp_path: Path) -> Path:
    files = {f"{number % 7}/{number}.jpg": jpeg(number, (320, 240)) for number in range(PHOTOS)}
    return write(tmp_path / "source", files | {"copy.jpg": jpeg(0, (320, 240)), "broken.jpg": b"x"})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    catalog = Catalog(f"sqlite:///{tmp_path}/data/catalog.db")
    catalog.workspaces.create("home")
    catalog.close()
    return tmp_path / "data"


def start(data: Path, source: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.ingest.adding", str(data), str(source)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(command, cwd=root, text=True, stdout=subprocess.PIPE, start_new_session=True)


def kept(data: Path) -> list[Asset]:
    """Every asset; each has its original, whole, and its renditions."""
    catalog = Catalog(f"sqlite:///{data}/catalog.db")
    assets = catalog.records(catalog.workspaces.get("home").id).assets.iterate()
    catalog.close()
    blobs = Blobs.open(str(data / "blobs"))
    for asset in assets:
        assert hashlib.sha256(blobs.get(original_key(asset.sha256))).hexdigest() == asset.sha256
        for variant in ("256", "1440"):
            assert blobs.get(rendition_key(asset.sha256, variant, "jpg")).startswith(b"\xff\xd8")
    return assets


def finish(process: subprocess.Popen[str]) -> tuple[list[str], Report | None]:
    output, _ = process.communicate(timeout=60)
    lines = output.splitlines()
    report = msgspec.json.decode(lines.pop(), type=Report) if process.returncode == 0 else None
    return lines, report


def test_killed_at_any_moment_nothing_reported_is_lost(data: Path, source: Path) -> None:
    moments = random.Random(20)
    before = 0
    for _ in range(4):
        process = start(data, source)
        assert process.stdout is not None
        reported = 0
        for _ in range(moments.randrange(1, 4)):
            reported = int(process.stdout.readline())
        try:
            process.wait(moments.uniform(0, 0.2))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        lines, _ = finish(process)
        reported = max([reported, *(int(line) for line in lines)])
        now = len(kept(data))
        assert now >= before + reported
        before = now
    assert 0 < before < PHOTOS, "the runs were killed too late to show anything"
    _, report = finish(start(data, source))
    assert report is not None
    assert (report.added, report.duplicates, len(report.failed)) == (PHOTOS - before, before + 1, 1)
    assert {asset.sha256 for asset in kept(data)} == {
        hashlib.sha256(jpeg(number, (320, 240))).hexdigest() for number in range(PHOTOS)
    }


def test_an_interrupt_from_the_terminal_reaches_all_processes_and_fails_no_file(data: Path, source: Path) -> None:
    process = start(data, source)
    assert process.stdout is not None
    process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    _, report = finish(process)
    assert report is not None
    assert report.interrupted
    assert [failure.path for failure in report.failed] in ([], [str(source / "broken.jpg")])
    assert 0 < report.added == len(kept(data)) < PHOTOS
