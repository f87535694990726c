"""What goes wrong with a library in the long run: random work, kills, full drives and damaged files, by seed."""
