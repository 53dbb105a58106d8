"""From trained weights to what a bundle holds."""
