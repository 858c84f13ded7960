"""Closing a season: the whole story, its races, and who may reopen it."""
