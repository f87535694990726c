"""Search: the query language, fuzzy matching of names, and exact nearest neighbours.

`query` parses a text with the help of `fields` and `class_synonyms` into `conditions`. `matcher` applies them to a
snapshot with `name_index`, `subsequence` (which names match) and `scoring` (how well).
"""
