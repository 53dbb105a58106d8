"""Segments in records of a sensor."""

from pathlib import Path
from typing import TYPE_CHECKING

from speechlstm.cli.measure.request import Request, named, spread_over, tell_oddities, told
from speechlstm.cli.progress import progress
from speechlstm.data.recordings import SensorFile, read_sensor_manifest, sensor_manifest_in
from speechlstm.errors import DataError
from speechlstm.evaluation import SegmentEvaluation, SegmentResult, evaluate_recordings, timelines_svg
from speechlstm.sources.record_file import record_files
from speechlstm.survey.place import look_around

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["KNOWN", "measure"]

KNOWN = frozenset({"split", "speakers", "device", "limit", "plot", "report"})


def measure(recognizer: "Recognizer", request: Request) -> tuple[SegmentEvaluation, int]:
    """The figures, and of how many recordings."""
    files = _files(request.place, request.split)
    named(request.speakers, {file.subject for file in files}, "recording of")
    devices = set() if request.device is None else {request.device}
    named(devices, {file.device for file in files}, "recording by")
    theirs = [
        file
        for file in files
        if (not request.speakers or file.subject in request.speakers)
        and (not devices or file.device in devices)
    ]
    wanted = spread_over(theirs, request.limit)
    with progress("recordings", len(wanted), _failure) as report:
        figures = evaluate_recordings(recognizer, wanted, progress=report)
    tell_oddities({result.path: result.warning for result in figures.results if result.path})
    rate_hz, labels = recognizer.sample_rate_hz, recognizer.bundle.vocabulary
    request.draw(lambda: timelines_svg(figures.results, sample_rate_hz=rate_hz, labels=labels))
    return figures, len(wanted)


def _files(place: Path, split: str | None) -> list[SensorFile]:
    """The files of a list; or records with a column of labels themselves, one file or a folder of them."""
    if place.is_dir():
        bare = [] if sensor_manifest_in(place) else record_files(place)
    else:
        bare = [place] if place.exists() and "data" not in look_around(place).keys else []
    if not bare:
        return read_sensor_manifest(place, split=split)
    if split is not None:
        raise DataError(
            f"{place} are records and no list of them, so it has no split {split!r}; leave it out"
        )
    return [SensorFile(file) for file in bare]


def _failure(result: SegmentResult) -> str | None:
    return told(result.name, result.error)
