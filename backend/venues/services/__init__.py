"""What is done with venues: seasons and events by hand, everything by file."""
