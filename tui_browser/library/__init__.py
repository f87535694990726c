"""The read side of a library: snapshot, search, neighbours, annotations, exports."""
