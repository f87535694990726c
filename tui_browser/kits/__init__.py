"""Kits of samples and the beats that they play, as data, sound and files for other programs."""
