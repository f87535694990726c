"""Layouts: algorithms that place samples on the map, and how a library stores their results."""
