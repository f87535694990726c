"""Measurements of tui-browser beside its peers: `python -m benchmarks VERB`."""
