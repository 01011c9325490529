"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real photos and models used by tests, where there is one."""
    root = Path(__file__).resolve().parent.parent
    folder = (root / os.environ.get("FOTOTECA_SHARED", "../shared")).resolve()
    if not folder.is_dir():
        pytest.skip(f"needs the shared photos and models; set FOTOTECA_SHARED to their folder (looked in {folder})")
    return folder
