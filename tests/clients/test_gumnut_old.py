"""Older releases of Gumnut's SDK, strict, each in an environment of its own: see `make old-gumnut`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.server.conftest import Served

PYTHONS = [python for python in os.environ.get("FOTOTECA_OLD_GUMNUT", "").split(os.pathsep) if python]
SCRIPT = Path(__file__).with_name("gumnut_old.py")


@pytest.mark.skipif(not PYTHONS, reason="needs older SDKs; FOTOTECA_OLD_GUMNUT names the Pythons that have them")
def test_older_releases_understand_every_answer(gumnut_server: Served) -> None:
    for number, python in enumerate(PYTHONS):
        command = [python, str(SCRIPT), gumnut_server.origin, gumnut_server.key(f"old{number}")]
        done = subprocess.run(command, env={}, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("0."), done.stdout
