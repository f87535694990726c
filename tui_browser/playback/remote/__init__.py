"""Sound over SSH: the app sends a sound once, a listener on the laptop caches and plays it."""
