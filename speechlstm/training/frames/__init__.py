"""A class for every frame of a sensor's recordings: what training it takes."""
