"""Search: the query language, fuzzy matching of names, and exact nearest neighbours.

`query` parses a text into `conditions`: `tokens` are its pieces, `fields`, `amounts` and `class_synonyms` its values.
`matcher` applies them to a snapshot, with `word_points` and `scoring` for letters, `condition_masks` for the rest, and
`sorting`.
"""
