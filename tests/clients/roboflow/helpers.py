"""What the tests of this client share."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

from tests.pictures import picture

WORKSPACE = "demo"
Cli = Callable[..., subprocess.CompletedProcess[str]]
"""Runs a command; `code` is the exit status that it must have."""

VOC = """<annotation><filename>a.jpg</filename><size><width>200</width><height>100</height><depth>3</depth></size>
<object><name>cat</name><bndbox><xmin>20</xmin><ymin>10</ymin><xmax>60</xmax><ymax>30</ymax></bndbox></object>
<object><name>dog</name><bndbox><xmin>100</xmin><ymin>50</ymin><xmax>150</xmax><ymax>75</ymax></bndbox></object>
</annotation>"""

_numbers = iter(range(1, 2**24))


def unique(size: tuple[int, int] = (200, 100)) -> bytes:
    return picture(f"#{next(_numbers) * 7919 % 2**24:06x}", size)


def uploaded(project: Any, path: str, **options: Any) -> str:
    """Upload with the SDK; returns the image's id."""
    [result] = project.upload(path, num_retry_uploads=0, **options)
    return str(result["image"]["id"])


def found(ws: Any, query: str) -> set[str]:
    return {image["id"] for page in ws.search_all(query, page_size=2) for image in page}
