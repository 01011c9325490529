"""How fast each room is, and the whole; `python -m benchmarks [NAME ...]`."""
