"""What the main job takes and gives, as schemas."""
