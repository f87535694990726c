"""Programs that are measured beside ours; most run in the peers' own environment."""
