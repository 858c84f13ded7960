"""The tests of On the Spot."""
