"""Finding samples: the query language, fuzzy names, exact neighbours."""
