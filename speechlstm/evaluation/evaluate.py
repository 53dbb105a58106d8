"""Run a recogniser over the clips of a manifest and count what it got right."""

from collections.abc import Callable, Collection, Iterable
from time import perf_counter
from typing import TYPE_CHECKING

from speechlstm.data.manifest import Clip
from speechlstm.data.texts import in_vocabulary
from speechlstm.errors import AudioError
from speechlstm.evaluation.report import Evaluation
from speechlstm.evaluation.words import ClipResult, WordErrors

if TYPE_CHECKING:
    from speechlstm.messages import Transcript
    from speechlstm.recognizer import Recognizer

__all__ = ["evaluate"]


def evaluate(
    recognizer: "Recognizer",
    clips: Iterable[Clip],
    *,
    progress: Callable[[ClipResult], None] | None = None,
) -> Evaluation:
    """Transcribe every clip and compare with its text.

    The recogniser's task is to give the words of its vocabulary and nothing else. So the reference is the
    clip's text as it is written, less the words outside the vocabulary: of "we call it bear" nothing is
    left, and whatever is recognised there is an insertion. How many words were dropped is counted.

    Args:
        recognizer: A loaded :class:`speechlstm.Recognizer`.
        clips: What to transcribe, as from :func:`speechlstm.data.manifest.read_manifest`.
        progress: Called after each clip with what became of it.

    Returns:
        The figures. A clip whose sound cannot be read is counted as failed and left out of the rates.

    Raises:
        SpeechLSTMError: Anything but unreadable sound, which would befall every clip.
    """
    results, processing_s = [], 0.0
    for clip in clips:
        start = perf_counter()
        try:
            transcript = recognizer.transcribe(clip.audio)
        except AudioError as error:
            result = ClipResult(clip, "", "", WordErrors(), 0, error=str(error))
        else:
            processing_s += perf_counter() - start
            result = _score(clip, transcript, recognizer.bundle.vocabulary)
        results.append(result)
        if progress is not None:
            progress(result)
    return Evaluation.from_results(
        results, sample_rate_hz=int(recognizer.sample_rate_hz), processing_s=processing_s
    )


def _score(clip: Clip, transcript: "Transcript", vocabulary: Collection[str]) -> ClipResult:
    reference = in_vocabulary(clip.text, vocabulary)
    return ClipResult(
        clip=clip,
        reference=" ".join(reference),
        hypothesis=transcript.text,
        errors=WordErrors.of(reference, transcript.text.split()),
        n_samples=transcript.n_samples,
        words=transcript.words,
        n_dropped_words=len(clip.text.split()) - len(reference),
        joint=transcript.joint,
    )
