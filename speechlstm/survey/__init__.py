"""What is in a folder or file of data, and a recipe that trains on it at once."""
