"""Reading and writing the tables of the main job."""
