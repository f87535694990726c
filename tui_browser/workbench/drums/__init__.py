"""Data of the Infinite Drum Machine."""
