"""Commands start without what they do not need: whole libraries, each of which takes a while to load."""

from __future__ import annotations

import subprocess
import sys

import pytest

ROOMS = {
    "fototeca.cli": {"alembic", "av", "faiss", "fastapi", "httpx", "jwt", "numpy", "onnxruntime", "PIL", "sqlalchemy"},
    "fototeca.library": {"alembic", "av", "faiss", "fastapi", "httpx", "jwt", "onnxruntime", "reverse_geocode"},
}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_comes_without_what_it_may_never_need(room: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", f"import sys, {room}; print(*sys.modules)"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert room in told
    assert not ROOMS[room] & set(told)
