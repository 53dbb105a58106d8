"""Front ends: streams of samples become streams of feature frames."""
