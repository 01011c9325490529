"""Fototeca: a self-hosted search engine for images and video.

```python
import fototeca

with fototeca.open("data") as library:
    library.add("photos")
    for hit in library.search("beach tag:holiday taken:2023 sort:-taken"):
        print(hit.asset.filename)
```
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fototeca.assets import Asset
    from fototeca.library import Library
    from fototeca.query import Query, quote

__all__ = ("Asset", "Library", "Query", "open", "quote")

_HOMES = {
    "Asset": "fototeca.assets",
    "Library": "fototeca.library",
    "Query": "fototeca.query",
    "quote": "fototeca.query",
}


def open(path: Path | str | None = None, workspace: str = "demo") -> Library:  # noqa: A001 - as in `tarfile.open`
    """Open a workspace of the installation in a data folder; both are made if they are new.

    Args:
        path: The data folder; default: `FOTOTECA_DATA`, or `./data`.
        workspace: Whose photos.

    Returns:
        Its library. Close it, or use it in a `with` statement.
    """
    from fototeca.library import Installation  # noqa: PLC0415 - see __getattr__
    from fototeca.settings import Settings  # noqa: PLC0415

    installation = Installation(Settings.from_environment(path))
    installation.create(workspace)
    library = installation.library(workspace)
    library.closing(installation.close)
    return library


def __getattr__(name: str) -> Any:
    """Import public names on first use: worker processes need one room, not the whole house."""
    if name not in _HOMES:
        raise AttributeError(f"module 'fototeca' has no attribute {name!r}")
    import importlib  # noqa: PLC0415

    return getattr(importlib.import_module(_HOMES[name]), name)
