"""Configuration: paths, settings, keys, themes, copy templates, and the state that the app saves."""
