"""Screens above the map: lists to choose from, prompts, help, details, roots."""
