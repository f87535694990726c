"""Screens: each wires its widgets and controllers, and works nothing out itself."""
