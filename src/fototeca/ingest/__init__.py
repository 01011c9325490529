"""Sources of photos, and the pipeline that takes them in."""

from fototeca.ingest.archives import ArchiveLimits
from fototeca.ingest.fetch import Download, Fetcher, FetchLimits
from fototeca.ingest.items import Failure, Found, Item, Skipped
from fototeca.ingest.pipeline import Pipeline
from fototeca.ingest.report import OnProgress, Progress, Report
from fototeca.ingest.sources import estimate, expand

__all__ = (
    "ArchiveLimits",
    "Download",
    "Failure",
    "FetchLimits",
    "Fetcher",
    "Found",
    "Item",
    "OnProgress",
    "Pipeline",
    "Progress",
    "Report",
    "Skipped",
    "estimate",
    "expand",
)
