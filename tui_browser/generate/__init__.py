"""Generation of new sounds: requests, plans, the generator and its process, lineage."""
