"""Sound in and out: decoding files, and the player process."""
