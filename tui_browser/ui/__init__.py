"""The app: screens wire widgets, widgets show snapshots and post messages."""
