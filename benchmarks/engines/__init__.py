"""The engine beside named peers, on the same data, in the same run, every answer checked: `python -m benchmarks.engines`."""
