"""The rows of the table of commands, one file a group."""
