"""Recorded speech and its alignment to samples, one a phone or word."""
