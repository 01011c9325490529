"""The example of the guide runs as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.pictures import picture
from tests.server.conftest import Served

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "cloudinary.md").read_text(encoding="utf-8")


def test_the_example_runs(served: Served, workspace: str, tmp_path: Path) -> None:
    key = served.authority.create_key(served.installation.create(workspace), name="guide")
    [example] = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    host = served.origin.removeprefix("http://")
    example = example.replace('"demo"', repr(workspace)).replace("127.0.0.1:8000", host)
    (tmp_path / "cat.jpg").write_bytes(picture("orange"))
    script = f"API_KEY, API_SECRET = {key.api_key!r}, {key.api_secret!r}\n{example}"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, text=True, capture_output=True, check=False)
    assert (done.stdout, done.returncode) == ("1 pets/cat\n", 0), done.stderr
