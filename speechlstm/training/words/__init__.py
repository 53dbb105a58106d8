"""Words out of composed streams of sound: what training them takes."""
