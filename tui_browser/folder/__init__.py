"""Folders on disk: scan them for audio files, and watch them for changes.

The scan decides what the library holds; the watcher only says which folders to scan again.
"""
