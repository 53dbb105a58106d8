"""What was measured, as pages for people."""

from speechlstm.evaluation.pages.words import Measured, words_page

__all__ = ["Measured", "words_page"]
