"""The example of the guide runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.server.conftest import serve
from tests.server.helpers import picture

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "gumnut.md"


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    [example] = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    Path("beach.jpg").write_bytes(picture((9, 9, 200)))
    with serve(tmp_path / "data") as served:
        script = example.replace("ORIGIN", repr(served.origin)).replace("KEY", repr(served.key("guide")))
        script = script.replace('open("beach.jpg", "rb")', 'Path("beach.jpg")')  # a file left open is a warning here
        exec(compile(script, "gumnut.md", "exec"), {"Path": Path})
    assert capsys.readouterr().out == "beach.jpg the last day\n"
