"""The process beside the app: index service, its client and their messages."""
