"""Terminals: driver, compositor, flow control, clipboard, drag and drop. All private Textual API is used here."""
