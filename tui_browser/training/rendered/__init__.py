"""Training sounds of the kinds that recordings are short of, rendered by programs with free licences."""
