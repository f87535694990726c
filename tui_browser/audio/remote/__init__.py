"""Hearing over SSH: the app sends a sound once, a listener on the laptop keeps it and plays it by its hash."""
