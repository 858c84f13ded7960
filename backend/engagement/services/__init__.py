"""The use-cases of the main job."""
