"""tui-browser: a whole sample library as a map of sound, in the terminal."""

__version__ = "0.1.0"
