"""One way of drawing: pages of HTML that need no other file, and the charts and sounds in them."""

from speechlstm.page.axis import CLOCK_STEPS_S, Axis, clock
from speechlstm.page.bars import Bar, bar_chart
from speechlstm.page.colours import label_colour
from speechlstm.page.heat_map import heat_map
from speechlstm.page.lines import Line, Point, line_chart
from speechlstm.page.markup import Html, joined, tag
from speechlstm.page.page import Page, data_script, figure, section, standalone, table, tiles
from speechlstm.page.picture import picture_uri
from speechlstm.page.plot import LETTER_WIDTH, N_SERIES, Plot, drawing
from speechlstm.page.reliability import ReliabilityBin, reliability_chart
from speechlstm.page.sound import player, sound_uri
from speechlstm.page.spectrogram import spectrogram_db
from speechlstm.page.stack import stacked

__all__ = [
    "CLOCK_STEPS_S",
    "LETTER_WIDTH",
    "N_SERIES",
    "Axis",
    "Bar",
    "Html",
    "Line",
    "Page",
    "Plot",
    "Point",
    "ReliabilityBin",
    "bar_chart",
    "clock",
    "data_script",
    "drawing",
    "figure",
    "heat_map",
    "joined",
    "label_colour",
    "line_chart",
    "picture_uri",
    "player",
    "reliability_chart",
    "section",
    "sound_uri",
    "spectrogram_db",
    "stacked",
    "standalone",
    "table",
    "tag",
    "tiles",
]
