"""Drum synthesiser: sounds for the demo library, training data and tests."""
