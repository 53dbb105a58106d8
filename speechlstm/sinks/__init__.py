"""Where answers go: text formats, files, JSON lines and the terminal."""
