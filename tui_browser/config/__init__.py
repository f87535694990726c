"""What a person sets: places of files, settings, keys, themes."""
