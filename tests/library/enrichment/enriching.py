"""Enriches a workspace slowly, in a process that a test kills: python -m tests.library.enrichment.enriching DATA."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import msgspec

from fototeca.library import Installation
from fototeca.library.enrichment import enricher, leases
from fototeca.settings import Settings
from tests.library.enrichment.stages import Colours, Faces


def main() -> None:
    leases.LEASE = timedelta(seconds=0.6)
    enricher.PAUSE = timedelta(0)
    colours = Colours(fails=["0.jpg"])
    colours.seconds = 0.02
    with Installation(Settings.from_environment(Path(sys.argv[1]), {})) as installation:
        installation._eyes.openers = {"objects": colours.open, "faces": Faces().open}
        library = installation.library("home")
        tell("ready")
        tell(msgspec.json.encode(library.enrich()).decode())


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
