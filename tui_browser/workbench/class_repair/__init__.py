"""Mends wrong classes: which samples to ask about, and what is learned from the answers."""
