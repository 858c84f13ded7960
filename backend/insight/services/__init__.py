"""The use-cases of insight: a board, a figure. They only read."""
