"""The engine beside named peers: the same data, the same run, every answer checked; `python -m benchmarks.engines`."""
