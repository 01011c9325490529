"""How well photos are found: `python -m benchmarks.quality [--write]`; one file per question."""
