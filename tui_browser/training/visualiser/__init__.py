"""Trains the model behind the visualiser's features."""
