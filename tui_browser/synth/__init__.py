"""Percussion made from numbers: the demo library, training data and tests."""
