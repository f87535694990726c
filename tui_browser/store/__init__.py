"""The library file: the only SQL of the program."""
