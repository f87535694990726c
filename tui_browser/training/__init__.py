"""Everything that learns: the shipped encoder and decoder, and a user's own model."""
