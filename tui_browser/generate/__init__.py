"""New sounds: requests, plans, the generator and its process, lineage."""
