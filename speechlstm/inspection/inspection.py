"""One clip, looked at from inside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from speechlstm.errors import ConfigError, DataError
from speechlstm.inspection.information import frames_of_words, information_bits
from speechlstm.inspection.silence import divergence_bits, silenced
from speechlstm.inspection.units import Unit, UnitName, every_unit, time_constants
from speechlstm.messages import Word
from speechlstm.recognizer import Recognizer
from speechlstm.trace import Trace

__all__ = ["Inspection", "inspection_of", "require_inspectable"]

# phones of lower posteriors all along are not drawn
_BELIEVED = 0.1
# without a unit words may change only where a posterior does by this much
_NOTICEABLE = 0.05


@dataclass(frozen=True, eq=False)
class Inspection:
    """What there is to see of a clip.

    Attributes:
        recognizer: The model.
        samples: ``[n]``, or of a sensor ``[n, n_channels]``.
        start_samples: Where they begin in their file.
        name: Of the file.
        trace: What the cells did.
        words: What was heard; times count from the first of the samples.
        units: All units, in the order of the network.
        effects_bits: For each unit, how far the posteriors of each frame move without it: ``[frames]``.
    """

    recognizer: Recognizer
    samples: np.ndarray
    start_samples: int
    name: str
    trace: Trace
    words: tuple[Word, ...]
    units: tuple[Unit, ...]
    effects_bits: Mapping[UnitName, np.ndarray]

    @property
    def labels(self) -> tuple[str, ...]:
        """What the posteriors are of, one a column."""
        vocabulary = self.recognizer.bundle.vocabulary
        return ("(blank)", *vocabulary) if self.recognizer.kind == "words" else vocabulary

    @property
    def phone_labels(self) -> tuple[str, ...]:
        """What the phones' posteriors are of, one a column; numbers where the bundle has no names."""
        config = self.recognizer.bundle.config
        if not config.network.n_phones:
            return ()
        return ("(blank)", *(config.phones or map(str, range(1, config.network.n_phones + 1))))

    @property
    def frame_s(self) -> float:
        """From one frame to the next."""
        return float(self.trace.frame_samples / self.trace.sample_rate_hz)

    def phones_told(self) -> dict[str, np.ndarray]:
        """Posteriors ``[frames]`` of the phones that are believed in anywhere, the earliest first."""
        posteriors = np.exp(self.trace.phones.T)
        # the blank is left out
        told = zip(self.phone_labels[1:], posteriors[1:], strict=True)
        believed = {name: values for name, values in told if values.max(initial=0) > _BELIEVED}
        return dict(sorted(believed.items(), key=lambda pair: int((pair[1] > _BELIEVED).argmax())))

    def unit(self, name: UnitName) -> Unit:
        """What was found of a unit."""
        config = self.recognizer.bundle.config.network
        return self.units[every_unit(config).index(name)]

    def most_telling(self, n: int) -> tuple[UnitName, ...]:
        """The units without which the posteriors move farthest, the farthest first."""
        ranked = sorted(self.units, key=lambda unit: -unit.effect_bits)
        return tuple(unit.name for unit in ranked[:n])


def require_inspectable(recognizer: Recognizer) -> None:
    """Raise unless a model answers frame by frame, in time.

    Raises:
        ConfigError: It forecasts, or reads a pen.
    """
    name = recognizer.bundle.name
    if recognizer.kind == "forecasts" or recognizer.reads_pen:
        other = "forecasts" if recognizer.kind == "forecasts" else "reads a pen"
        raise ConfigError(
            f"{name} {other}; what is drawn are words of sound and segments of a sensor. For its gates use "
            "Recognizer.trace()"
        )


def inspection_of(
    recognizer: Recognizer,
    samples: np.ndarray,
    *,
    name: str,
    start_samples: int = 0,
    report: Callable[[int, int], None] = lambda n_done, n: None,
) -> Inspection:
    """Trace a clip, and find out what each unit remembers, answers to and is needed for.

    Silencing every unit is what takes time: about a second of a core for each second of sound and 400 units.

    Args:
        recognizer: The model.
        samples: ``[n]`` at the model's rate, or of a sensor ``[n, n_channels]``.
        name: What to call the clip.
        start_samples: Where it begins in its file.
        report: Told after every unit how many are done, and of how many.

    Raises:
        ConfigError: The model forecasts, or reads a pen.
        DataError: There are no samples.
    """
    require_inspectable(recognizer)
    if not len(samples):
        raise DataError(f"{name}: holds no samples there; choose another part")
    trace = recognizer.trace(samples)
    words = recognizer.words_of(trace.answer, trace.n_samples)
    effects, texts = _effects(recognizer, samples, trace, _text(words), report)
    memory, information = _memory(trace), _information(trace, words)
    units = tuple(
        Unit(one, memory[one], information[one], float(effects[one].mean()), texts.get(one))
        for one in every_unit(recognizer.bundle.config.network)
    )
    return Inspection(recognizer, samples, start_samples, name, trace, words, units, effects)


def _effects(
    recognizer: Recognizer, samples: np.ndarray, trace: Trace, text: str, report: Callable[[int, int], None]
) -> tuple[dict[UnitName, np.ndarray], dict[UnitName, str]]:
    """How far the posteriors move without each unit, and the texts that are others then."""
    config = recognizer.bundle.config
    usual, n_units = trace.answer.log_probs, len(every_unit(config.network))
    effects, texts = {}, {}
    setting, weights = config.latency[recognizer.latency], recognizer.bundle.weights()
    frames = recognizer.frames(samples)
    for name, answer in silenced(frames, weights, config.network, setting, recognizer.lead):
        effects[name] = divergence_bits(usual, answer.log_probs)
        if np.abs(np.exp(usual) - np.exp(answer.log_probs)).max() > _NOTICEABLE:
            found = _text(recognizer.words_of(answer, trace.n_samples))
            if found != text:
                texts[name] = found
        report(len(effects), n_units)
    return effects, texts


def _memory(trace: Trace) -> dict[UnitName, float]:
    return {
        UnitName(layer, direction, number): float(frames)  # type: ignore[arg-type]
        for (layer, direction), gates in trace.cells().items()
        for number, frames in enumerate(time_constants(gates.forget))
    }


def _information(trace: Trace, words: Sequence[Word]) -> dict[UnitName, dict[str, float]]:
    frames = frames_of_words(words, trace.n_frames, trace.frame_samples)
    labels = np.column_stack(list(frames.values())) if frames else np.zeros((trace.n_frames, 0), bool)
    return {
        UnitName(layer, direction, number): dict(zip(frames, row.tolist(), strict=True))  # type: ignore[arg-type]
        for (layer, direction), gates in trace.cells().items()
        for number, row in enumerate(information_bits(gates.hidden, labels))
    }


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)
