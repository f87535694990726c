"""Folders on disk: the scan is the truth, the watch gives hints."""
