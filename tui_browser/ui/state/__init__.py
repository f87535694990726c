"""What the screen shows: cursor, query, selection, filter, history, map model. No widgets."""
