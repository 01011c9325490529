"""The façade that ties the rooms together: open an installation, take a library, add, search, change."""

from fototeca.library.doctor import Finding, examine
from fototeca.library.enrichment import Enriched
from fototeca.library.installation import Installation
from fototeca.library.library import Library
from fototeca.library.results import Found, FoundAsset

__all__ = ("Enriched", "Finding", "Found", "FoundAsset", "Installation", "Library", "examine")
