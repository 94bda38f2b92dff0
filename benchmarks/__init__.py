"""Benchmarks: cgraph and its peers, measured side by side in one run. See `python -m benchmarks --help`."""
