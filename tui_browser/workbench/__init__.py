"""Work on a library as a whole: data for other programs, slices, labels, phonemes, a page to send."""
