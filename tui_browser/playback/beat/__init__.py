"""A beat, live and offline: when its sounds begin and end, their mixing, and the voice that plays it over and over."""
