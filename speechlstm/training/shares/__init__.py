"""What a recipe learns from shares of its data, and whether more of it would help."""
