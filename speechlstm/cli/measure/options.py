"""The options of ``speechlstm evaluate`` that say what to measure, and on what."""

from pathlib import Path

import click

from speechlstm.cli.options import Finite, comma_separated, split_option, together

__all__ = ["forecast_options", "measurement_options", "selection_options"]

selection_options = together(
    split_option,
    click.option(
        "--speaker",
        "speakers",
        multiple=True,
        metavar="NAME",
        help="Only clips of this speaker, subject or writer.",
    ),
    click.option("--device", metavar="NAME", help="Only recordings of this kind of sensor."),
    click.option(
        "--words",
        callback=comma_separated,
        metavar="WORD,...",
        help="Only clips that say these and nothing else.",
    ),
)

measurement_options = together(
    click.option(
        "--false-alarms",
        type=click.Path(exists=True, path_type=Path),
        metavar="DIR",
        help="Count false words an hour in sound that holds none of the vocabulary: a folder, a file, or a "
        "manifest, of which --split is taken.",
    ),
    click.option("--sweep-latency", is_flag=True, help="Accuracy and delays at every setting of --latency."),
    click.option(
        "--robustness", is_flag=True, help="Errors under noise, at levels, through lines and in rooms."
    ),
    click.option(
        "--noise",
        type=click.Path(exists=True, path_type=Path),
        metavar="DIR",
        help="Noises for --robustness: a folder of sound, or a manifest, of which --split is taken.",
    ),
    click.option(
        "--endless",
        type=Finite(0, min_open=True),
        metavar="HOURS",
        help="Errors, memory and state over a stream of hours, made of the clips.",
    ),
    click.option(
        "--word-times",
        is_flag=True,
        help="How far the starts and ends of words lie from the truth, in streams composed of the clips.",
    ),
    click.option(
        "--report",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE.html",
        help="Write all that is measured as one page with plots, and the worst clips to look at and hear.",
    ),
)

forecast_options = together(
    click.option(
        "--rows",
        metavar="FIRST:STOP",
        help="Of a forecast: the samples to forecast; :STOP begins at the first.  [default: the last fifth]",
    ),
    click.option(
        "--fit-rows",
        metavar="FIRST:STOP",
        help="Of a forecast: what NLinear is fitted to.  [default: all before]",
    ),
    click.option(
        "--horizons",
        metavar="N,...",
        help="Of a forecast: horizons to measure.  [default: 1/4, 1/2, all]",
    ),
    click.option(
        "--period",
        type=click.IntRange(min=1),
        default=24,
        show_default=True,
        metavar="N",
        help="Of a forecast: samples in a season, for the baseline.",
    ),
)
