"""A page to send: the map of chosen sounds, with the sounds, as one HTML file that any browser opens."""
