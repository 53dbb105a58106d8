"""What was measured, as pages for people."""

from speechlstm.evaluation.pages.segments import segments_page
from speechlstm.evaluation.pages.words import Measured, words_page

__all__ = ["Measured", "segments_page", "words_page"]
