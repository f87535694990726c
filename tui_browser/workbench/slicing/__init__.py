"""Long recordings to samples: where to cut, and the files."""
