"""The screen with the map, and the same as a place to choose from."""
