"""The control socket: JSON lines by which editors and scripts drive a running app."""
