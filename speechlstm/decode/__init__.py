"""From the network's answers to words."""
