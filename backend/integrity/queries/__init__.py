"""Reads of what was seen of phones that rated."""
