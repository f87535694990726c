"""A sample library made of numbers: names, sounds and places, from a seed."""
