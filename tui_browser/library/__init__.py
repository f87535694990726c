"""One door for the app and the command line: index, snapshot, edits."""
