"""What rewards takes and gives, as schemas."""
