"""The map as a picture: what is on it, and how SVG and PNG show that."""
