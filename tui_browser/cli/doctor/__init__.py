"""Verb `doctor`: checks what works on this machine, and names what to change."""
