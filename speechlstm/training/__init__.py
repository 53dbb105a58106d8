"""From a recipe folder to a bundle; TensorFlow and librosa live here."""
