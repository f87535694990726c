"""Helpers that tests share: programs, terminals, sounds, libraries and fakes."""
