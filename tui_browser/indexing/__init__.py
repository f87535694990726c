"""From folders to rows: compare, decode, encode, place, store."""
