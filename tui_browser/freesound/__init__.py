"""Sounds from Freesound: search, previews, downloads with author and licence."""
