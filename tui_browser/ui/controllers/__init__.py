"""Controllers: each turns commands, messages and snapshots into state, and shows it on the widgets."""
