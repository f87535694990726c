"""The main screen, and the same as a place to pick samples."""
