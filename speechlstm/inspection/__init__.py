"""Looking inside: what the units of a model remember, what they answer to, and what they are needed for."""
