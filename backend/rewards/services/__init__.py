"""What can be done with points."""
