"""Data for notebooks: the folder of AudioNotebooks, written and read."""
