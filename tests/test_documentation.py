"""What is written for users is true: examples run, and what exists is named."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fototeca.library import Installation
from fototeca.settings import Settings
from tests.pictures import album

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose workspace `demo` holds a few photos."""
    data = tmp_path_factory.mktemp("home") / "data"
    with Installation(Settings.from_environment(data, {})) as installation:
        installation.library("demo").add(album(data.parent / "photos"))
    return data


def test_the_python_example_of_the_readme_runs(data: Path) -> None:
    [example] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", example], cwd=data.parent, text=True, capture_output=True, check=True)
    assert done.stdout == "0 []\n"


def test_the_mistake_in_the_readme_looks_like_that(data: Path) -> None:
    command, expected = re.findall(r"    \$ fototeca (search '.*?')\n((?:    .*\n)+)", README)[0]
    fototeca = Path(sys.executable).with_name("fototeca")
    done = subprocess.run(
        f"{fototeca} {command}",
        shell=True,
        env={**os.environ, "FOTOTECA_DATA": str(data)},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.stderr == "".join(line[4:] for line in expected.splitlines(keepends=True))


def test_every_setting_is_in_the_readme() -> None:
    source = (ROOT / "src" / "fototeca" / "settings.py").read_text(encoding="utf-8")
    settings = set(re.findall(r'environment\.get\("(FOTOTECA_\w+)"', source))
    assert len(settings) > 5
    assert {name for name in settings if f"`{name}`" not in README} == set()


def test_every_room_is_in_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {
        path.stem
        for path in (ROOT / "src" / "fototeca").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert {room for room in rooms - {"__init__"} if f"`{room}`" not in text} == set()


def test_links_between_pages_lead_somewhere() -> None:
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")):
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
