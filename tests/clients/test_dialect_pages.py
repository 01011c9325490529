"""The examples on the pages of the dialects run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.conftest import Served, served

__all__ = ("served",)
DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


@pytest.mark.parametrize(("page", "said"), [("coreviz", "0 []\n"), ("acusight", "Bottle caps 0\n")])
def test_the_example_of_a_page_runs(served: Served, page: str, said: str) -> None:
    [example] = re.findall(r"```python\n(.*?)```", (DOCS / f"{page}.md").read_text(encoding="utf-8"), re.DOTALL)
    given = f"ORIGIN, KEY = {served.origin!r}, {served.key(f'page-{page}')!r}\n"
    done = subprocess.run([sys.executable, "-c", given + example], text=True, capture_output=True, check=True)
    assert done.stdout == said
