"""The search engine: documents in, answers to queries out; it knows neither HTTP nor the catalogue."""

from fototeca.engine.documents import Change, Delete, Document, Upsert
from fototeca.engine.index import Index
from fototeca.engine.relevance import Usual
from fototeca.engine.results import FacetResult, Hit, Matched, Results
from fototeca.engine.subtrees import Subtree

__all__ = [
    "Change",
    "Delete",
    "Document",
    "FacetResult",
    "Hit",
    "Index",
    "Matched",
    "Results",
    "Subtree",
    "Upsert",
    "Usual",
]
