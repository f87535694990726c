"""Widgets: each shows what it is given and posts messages; none calls the library or a sibling."""
