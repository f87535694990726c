"""The table of commands: keys, labels, help, conditions."""
