"""Characters and words out of a pen's strokes: what training them takes."""
