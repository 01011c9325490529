"""The façade that ties the rooms together: open an installation, take a library, add, search, change."""

from fototeca.library.doctor import Finding, examine
from fototeca.library.duplicates import DuplicateGroup
from fototeca.library.enrichment import Enriched
from fototeca.library.installation import Installation
from fototeca.library.library import Library
from fototeca.library.moments import Moment
from fototeca.library.results import Found, FoundAsset, FoundPart, Region

__all__ = (
    "DuplicateGroup",
    "Enriched",
    "Finding",
    "Found",
    "FoundAsset",
    "FoundPart",
    "Installation",
    "Library",
    "Moment",
    "Region",
    "examine",
)
