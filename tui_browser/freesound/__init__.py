"""Sounds from Freesound: search, previews, and downloads with author and licence beside them.

All that speaks to the network runs in a process of its own (`serve`); `process` is the other end. Nothing is sent
unless a person asks for it.
"""
