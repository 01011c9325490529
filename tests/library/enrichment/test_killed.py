"""An enrichment that is killed at any moment goes on where it was, to the same end."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from fototeca.library import Installation
from fototeca.settings import Settings
from tests.ingest.samples import jpeg, write

PHOTOS = 120
KILLS = 3
ROOT = Path(__file__).parents[3]


def start(data: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.library.enrichment.enriching", str(data)]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_killed_at_any_moment_it_comes_to_the_same_end(tmp_path: Path) -> None:
    moments = random.Random(8)
    source = write(tmp_path / "photos", {f"{n}.jpg": jpeg(n, (64, 48)) for n in range(PHOTOS)})
    data = tmp_path / "data"
    with Installation(Settings.from_environment(data, {})) as installation:
        installation.create("home")
        assert installation.library("home").add(source).added == PHOTOS
    seen = []
    for _ in range(KILLS):
        process = start(data)
        try:
            process.wait(moments.uniform(0.1, 0.9))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        with Installation(Settings.from_environment(data, {})) as installation:
            seen.append(installation.library("home").search("seen:objects seen:faces").total)
    assert seen == sorted(seen)
    assert seen[-1] < PHOTOS, "the runs were killed too late to show anything"
    output, _ = start(data).communicate(timeout=90)
    report = json.loads(output.splitlines()[-1])
    assert [failure["path"] for failure in report["failed"]] in ([], ["0.jpg"])
    with Installation(Settings.from_environment(data, {})) as installation:
        library = installation.library("home")
        assert library.search("seen:objects objects=1").total == PHOTOS - 1
        assert library.search("seen:faces faces=1").total == PHOTOS
        assert [hit.asset.filename for hit in library.search("failed:objects")] == ["0.jpg"]
        assert library.records.jobs.all() == []
        faces = library.records.faces.grouping("hues@1")
        assert len(faces) == PHOTOS, "each face is stored once, with its vector"
        assert library.people.all(), "and they were grouped"
