"""Where an answer by meaning ends: what the cut keeps of what is there, and what it lets through of what is not.

The library holds the captioned photos. What is there is asked for by each photo's first caption. What is not there is
asked for by names of things that no caption of any photo mentions; an ideal cut lets nothing through for them, but a
small model takes a cactus for a plant, and a library with plants then has an answer. By default is what a search does
that says nothing of relevance: the cut depends on what the library seems to hold.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.quality.figures import SHARED, Figure
from benchmarks.quality.meaning import captions
from fototeca.library import Installation, Library
from fototeca.library.presence import CERTAIN_RELEVANCE, DOUBTFUL_RELEVANCE, LEAST_RELEVANCE
from fototeca.query import Meaning, Page, Query
from fototeca.settings import Settings

Array = npt.NDArray[Any]
CUTS = (CERTAIN_RELEVANCE, LEAST_RELEVANCE, 0.25, DOUBTFUL_RELEVANCE)
_FEW = 1 / 200
ABSENT = (
    "an aircraft carrier", "an aquarium", "asparagus", "a barcode", "a butterfly", "a cactus", "a cathedral",
    "a circuit board", "a computer keyboard", "a courtroom", "a dolphin", "an escalator", "a fossil", "a giraffe",
    "a harbour crane", "an invoice", "a jellyfish", "a lighthouse", "a microscope", "an orchestra", "a passport",
    "a penguin", "a piano", "a pizza", "a refrigerator", "a satellite dish", "a screenshot", "a spreadsheet",
    "a submarine", "a sushi plate", "a telescope", "a tractor", "a traffic light", "a volcano", "a washing machine",
    "a wedding cake", "an x-ray", "a zebra",
)  # fmt: skip


def relevances(library: Library, texts: Sequence[str]) -> tuple[Array, Array]:
    """How relevant every photo is to each text, and which are found by default, by meaning alone; [texts, photos]."""
    ids = [asset.id for asset in library.walk()]
    relevance, found = np.zeros((len(texts), len(ids))), np.zeros((len(texts), len(ids)), np.bool_)
    for row, text in enumerate(texts):
        query = Query(rank=Meaning(text), page=Page(1000))
        known = {hit.id: hit.relevance or 0.0 for hit in library.answer(query, 0.0).hits}
        relevance[row] = [known.get(id_, 0.0) for id_ in ids]
        found[row] = np.isin(ids, library.answer(query).ids)
    return relevance, found


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
            names = [asset.filename for asset in library.walk()]
            own = [names.index(name) for name in said]
            there, kept = relevances(library, [some[0] for some in said.values()])
            away, wrong = relevances(library, absent(said))
    found = {"by default": (kept, wrong)} | {f"from {cut}": (there >= cut, away >= cut) for cut in CUTS}
    figures, goals = [], {"by default": 0.9}
    for name, (right, other) in found.items():
        figures += [
            Figure(
                f"{name}: a caption's own photo is kept", float(right[np.arange(len(own)), own].mean()), goals.get(name)
            ),
            Figure(f"{name}: share of the library that a caption finds", float(right.mean())),
            Figure(f"{name}: share of it for {len(other)} things that are not there", float(other.mean())),
            Figure(
                f"{name}: such things that find one photo in 200 at most", float((other.mean(axis=1) <= _FEW).mean())
            ),
        ]
    return figures
