"""The examples of docs/media.md run, and what it names is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from fototeca.media import formats
from fototeca.query import parse
from tests.videos import corners, still, video

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "media.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
QUERIES = [line for block in re.findall(r"```query\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
OUTPUTS = ["long.mp4 mp4 176x144 2.0 s h264\n", "raw csv text/csv 1\n"]


@pytest.mark.parametrize(("example", "output"), list(zip(EXAMPLES, OUTPUTS, strict=True)))
def test_example(example: str, output: str, tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    (clips / "long.mp4").write_bytes(video(still(corners(), 50)))
    (clips / "short.webm").write_bytes(video(still(corners(), 10), "webm", "libvpx"))
    done = subprocess.run([sys.executable, "-c", example], cwd=tmp_path, text=True, capture_output=True, check=True)
    assert done.stdout == output


@pytest.mark.parametrize("query", QUERIES)
def test_query(query: str) -> None:
    assert parse(query)


def test_every_format_is_named() -> None:
    names = {
        "jpg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WebP", "tiff": "TIFF", "bmp": "BMP", "heic": "HEIC",
        "avif": "AVIF", "mp4": "MP4", "m4v": "M4V", "mov": "MOV", "3gp": "3GP", "webm": "WebM", "mkv": "Matroska",
        "avi": "AVI", "ico": "ICO", "ts": "MPEG transport streams",
    }  # fmt: skip
    known = {value.name for value in vars(formats).values() if isinstance(value, formats.Format)}
    assert known == set(names)
    assert [name for name in names.values() if name not in PAGE] == []
