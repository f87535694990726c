"""Sound words, learned: `contrasts` makes sounds that a word fits more and less, `train` learns from them."""
