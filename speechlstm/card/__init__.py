"""What is known of a model, for people: its page, and its figures beside what was aimed at."""

from speechlstm.card.cells import delay, head, milliseconds, percent, row
from speechlstm.card.figures import headlines, measured
from speechlstm.card.marks import put
from speechlstm.card.page import readme

__all__ = ["delay", "head", "headlines", "measured", "milliseconds", "percent", "put", "readme", "row"]
