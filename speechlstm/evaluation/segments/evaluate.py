"""Run a recogniser over recordings of a sensor and compare its segments with the labels."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from speechlstm.config import unknown_key
from speechlstm.data.recordings import Recording, SensorFile, read_recording
from speechlstm.decode.segments import SegmentConfig
from speechlstm.errors import ConfigError, DataError
from speechlstm.evaluation.segments.report import SegmentEvaluation
from speechlstm.evaluation.segments.scorer import SegmentResult, SegmentScorer, segments_of
from speechlstm.features.sensor_config import SensorConfig
from speechlstm.messages import Word
from speechlstm.stage import run

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["evaluate_recordings"]


def evaluate_recordings(
    recognizer: "Recognizer",
    files: Iterable[SensorFile],
    *,
    progress: Callable[[SegmentResult], None] = lambda result: None,
) -> SegmentEvaluation:
    """Answer every recording and compare with its labels; an empty label says that nothing is known.

    Args:
        recognizer: A loaded model for a sensor.
        files: What to answer, as from :func:`speechlstm.data.recordings.read_sensor_manifest`.
        progress: Called after each file, or each stretch of it between gaps, with what became of it.

    Returns:
        The figures. A file that cannot be read, or has a label that the model does not know, is counted as
        failed and left out of the rates.

    Raises:
        ConfigError: The model gives no segments of a sensor.
    """
    config = recognizer.bundle.config
    if not isinstance(config.features, SensorConfig) or not isinstance(config.decoder, SegmentConfig):
        raise ConfigError(f"{config.name} gives no segments of a sensor; give a model that does")
    scorer = SegmentScorer(
        config.vocabulary,
        config.features.frame_samples,
        config.decoder.unlabelled,
        recognizer.latency_samples,
    )
    results, began = [], perf_counter()
    for file in files:
        for result in _results(recognizer, file, scorer):
            results.append(result)
            progress(result)
    return SegmentEvaluation.from_results(
        results,
        labels=scorer.classes,
        sample_rate_hz=recognizer.sample_rate_hz,
        processing_s=perf_counter() - began,
    )


def _results(recognizer: "Recognizer", file: SensorFile, scorer: SegmentScorer) -> Iterator[SegmentResult]:
    try:
        recordings = read_recording(file.data, recognizer.sensor, subject=file.subject)
        truths = [_truth(recording, scorer.labels) for recording in recordings]
    except DataError as error:
        yield replace(scorer.failed(str(file.data), str(error), subject=file.subject), path=file.data)
        return
    for recording, truth in zip(recordings, truths, strict=True):
        answer = recognizer.posteriors(recording.samples)
        result = scorer.score(
            f"{file.data.name} {recording.start_samples}" if recording.start_samples else file.data.name,
            truth=truth,
            answer=[segment for ready in run(recognizer.decoder, [answer]) for segment in ready],
            frames=recognizer.labels(answer),
            subject=recording.subject,
        )
        yield replace(result, path=recording.path, warning=recording.warning)


def _truth(recording: Recording, labels: tuple[str, ...]) -> tuple[Word, ...]:
    """The true segments, in samples.

    Raises:
        DataError: A label is none of the model's.
    """
    numbers = {"": -1} | {label: i for i, label in enumerate(labels)}
    unknown = sorted(set(recording.labels) - set(numbers))
    if unknown:
        raise DataError(f"{recording.path}: {unknown_key(unknown[0], labels, 'the labels of the model')}")
    classes = np.array([numbers[label] for label in recording.labels], np.int64)
    return segments_of(classes, labels, frame_samples=1)
