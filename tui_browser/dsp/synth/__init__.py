"""Percussion made from numbers: analogue circuits, struck plates and membranes, noise, and the machines' own dirt."""
