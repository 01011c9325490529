"""Where an answer by meaning ends: what the cut keeps of what is there, and what it lets through of what is not.

The library holds the captioned photos. What is there is asked for by each photo's first caption. What is not there is
asked for by names of things that no caption of any photo mentions; an ideal cut lets nothing through for them, but a
small model takes a cactus for a plant, and a library with plants then has an answer.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.quality.figures import SHARED, Figure
from benchmarks.quality.meaning import captions
from fototeca.library import Installation, Library
from fototeca.library.meaning import LEAST_RELEVANCE
from fototeca.query import Meaning, Page, Query
from fototeca.settings import Settings

CUTS = (LEAST_RELEVANCE, 0.5, 0.75)
ABSENT = (
    "an aircraft carrier", "an aquarium", "asparagus", "a barcode", "a butterfly", "a cactus", "a cathedral",
    "a circuit board", "a computer keyboard", "a courtroom", "a dolphin", "an escalator", "a fossil", "a giraffe",
    "a harbour crane", "an invoice", "a jellyfish", "a lighthouse", "a microscope", "an orchestra", "a passport",
    "a penguin", "a piano", "a pizza", "a refrigerator", "a satellite dish", "a screenshot", "a spreadsheet",
    "a submarine", "a sushi plate", "a telescope", "a tractor", "a traffic light", "a volcano", "a washing machine",
    "a wedding cake", "an x-ray", "a zebra",
)  # fmt: skip


def relevances(library: Library, texts: Sequence[str]) -> list[dict[int, float]]:
    """How relevant every photo is to each text, by meaning alone."""
    ranks = (Query(rank=Meaning(text), page=Page(1000)) for text in texts)
    return [{hit.id: hit.relevance or 0.0 for hit in library.answer(query, 0.0).hits} for query in ranks]


def absent(said: dict[str, list[str]]) -> list[str]:
    """Those names that no caption mentions."""
    words = set(re.findall(r"\w+", " ".join(caption for some in said.values() for caption in some).lower()))
    return [name for name in ABSENT if not set(name.split()[1:] or name.split()) & (words | {w + "s" for w in words})]


def measure() -> list[Figure]:
    """Figures at the present cut and at stricter ones."""
    said = captions()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_environment(Path(folder), {"FOTOTECA_MODELS": str((SHARED / "models").resolve())})
        with Installation(settings) as installation:
            library = installation.library("demo")
            library.add(*(SHARED / "photos/captioned" / name for name in said))
            library.enrich()
            ids = {asset.filename: asset.id for asset in library.walk()}
            there = relevances(library, [some[0] for some in said.values()])
            away = relevances(library, absent(said))
    own = np.array([found.get(ids[name], 0.0) for name, found in zip(said, there, strict=True)])
    present, missing = (
        np.array([[found.get(id_, 0.0) for id_ in ids.values()] for found in some]) for some in (there, away)
    )
    figures = []
    for cut in CUTS:
        figures += [
            Figure(f"from {cut}: a caption's own photo is kept", float((own >= cut).mean())),
            Figure(f"from {cut}: share of the library that a caption finds", float((present >= cut).mean())),
            Figure(
                f"from {cut}: share of the library for {len(away)} things that are not there",
                float((missing >= cut).mean()),
            ),
            Figure(f"from {cut}: such things that find nothing", float((missing.max(1) < cut).mean())),
        ]
    return figures
