"""What models see in the assets of a workspace: stages that look, and the work of showing them everything once."""

from fototeca.library.enrichment.enricher import Enriched, Enricher, OnStage
from fototeca.library.enrichment.stages import Eyes

__all__ = ("Enriched", "Enricher", "Eyes", "OnStage")
