"""A user's own model, trained from folders of sounds."""
