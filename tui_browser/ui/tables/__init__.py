"""The table of commands, one file a group of keys."""
