"""A clip to look at and listen to: its spectrogram, what the model made of it, and a player."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from speechlstm.data.texts import entries_in
from speechlstm.errors import AudioError
from speechlstm.evaluation.words import ClipResult
from speechlstm.messages import Word
from speechlstm.page import (
    LETTER_WIDTH,
    N_SERIES,
    Axis,
    Html,
    Plot,
    drawing,
    picture_uri,
    player,
    section,
    spectrogram_db,
    tag,
)

if TYPE_CHECKING:
    from speechlstm.recognizer import Recognizer

__all__ = ["MAX_SHOWN_SAMPLES", "N_WORST", "ClipView", "worst_section"]

N_WORST = 10
# a clip is cut here: ten of them, noise even, stay below 5 MB with their pictures
MAX_SHOWN_SAMPLES = 96_000

_NOTHING = "(nothing)"
_LEFT, _PX_A_SECOND = 52, 170
# half of the page, the page, and what scrolls in it
_HALF_WIDTH, _WIDTH, _MAX_WIDTH = 390, 900, 1900
_WORDS, _SPECTRUM, _POSTERIORS = 40, 120, 110
# what a picture of sound shows, below its loudest place
_RANGE_DB = 70
_LEAST_SEEN = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class ClipView:
    """What there is to see of a clip.

    Attributes:
        samples: float ``[n]``, what is shown of its sound.
        sample_rate_hz: Their rate.
        log_probs: ``[frames, tokens]``, natural logarithms; token 0 is the blank.
        frame_samples: Samples from one frame to the next.
        vocabulary: Words of the tokens 1, 2, ...
        words: What was recognised.
        said: What was said, of the vocabulary.
    """

    samples: np.ndarray
    sample_rate_hz: int
    log_probs: np.ndarray
    frame_samples: int
    vocabulary: tuple[str, ...]
    words: tuple[Word, ...]
    said: tuple[str, ...] = ()

    @classmethod
    def of(cls, recognizer: "Recognizer", result: ClipResult) -> "ClipView":
        """Hear a clip once more.

        Args:
            recognizer: The model.
            result: What became of the clip.

        Raises:
            AudioError: It cannot be read any more.
        """
        with recognizer.open(result.clip.audio) as source:
            whole = np.concatenate([np.zeros(0, np.float32), *source])
        frame_samples = recognizer.bundle.config.features.frame_samples
        return cls(
            whole[:MAX_SHOWN_SAMPLES],
            recognizer.sound_rate_hz,
            recognizer.posteriors(whole).log_probs[: MAX_SHOWN_SAMPLES // frame_samples],
            frame_samples,
            recognizer.bundle.vocabulary,
            tuple(word for word in result.words if word.start_samples < MAX_SHOWN_SAMPLES),
            tuple(entries_in(result.reference, recognizer.bundle.vocabulary)),
        )

    @property
    def shown_s(self) -> float:
        """Length of what is shown in seconds, more than 0."""
        return max(1, len(self.samples)) / self.sample_rate_hz

    @property
    def width(self) -> int:
        """Pixels that its time takes."""
        wanted = round(_PX_A_SECOND * self.shown_s)
        return _HALF_WIDTH if wanted <= _HALF_WIDTH else min(_MAX_WIDTH, max(_WIDTH, wanted))

    def draw(self, title: str) -> Html:
        """The words recognised, the spectrogram and the posteriors over one axis of time."""
        width = self.width
        time = Axis("time (s)", 0.0, self.shown_s, n_ticks=max(4, round(width / 90)))
        seen = self._tokens()
        upper = Plot(
            time,
            Axis("kHz", 0.0, self.sample_rate_hz / 2000, n_ticks=4),
            left=_LEFT,
            top=_WORDS + 18,
            width=width,
            height=_SPECTRUM,
        )
        lower = Plot(
            time,
            Axis("posterior", 0.0, 1.0, n_ticks=2),
            left=_LEFT,
            top=upper.bottom + 40,
            width=width,
            height=_POSTERIORS,
        )
        keys, bottom = lower.key([self.vocabulary[token - 1] for token in seen], lower.bottom + 62)
        now = tag("path", d=f"M{_LEFT} {upper.top}V{lower.bottom}", class_="now")
        children = [
            *self._spectrogram(upper),
            *lower.ground(),
            *self._spans(upper, lower, seen),
            *self._lines(lower, seen),
            *keys,
            now,
        ]
        total = _LEFT + width + 14
        drawn = drawing(total, bottom, children, title=title, class_="chart broad")
        place = f' data-left="{_LEFT}" data-width="{width}" data-seconds="{self.shown_s:.4f}"'
        return Html(drawn.replace("<svg", f"<svg{place}", 1))

    def _tokens(self) -> list[int]:
        """Those worth a line: what was recognised, what was said, and what else seemed likely, in order."""
        peaks = np.exp(self.log_probs.max(axis=0, initial=-np.inf))
        numbers = {word: i for i, word in enumerate(self.vocabulary, start=1)}
        told = [*(word.text for word in self.words), *self.said]
        likely = [i for i in np.argsort(-peaks).tolist() if i and peaks[i] >= _LEAST_SEEN]
        wanted = dict.fromkeys([*(numbers[text] for text in told if text in numbers), *likely])
        return sorted(list(wanted)[:N_SERIES])

    def _spectrogram(self, plot: Plot) -> Iterator[Html]:
        levels = spectrogram_db(self.samples, self.sample_rate_hz)[::-1]
        loudest = float(levels.max())
        yield tag(
            "image",
            href=picture_uri(levels, low=loudest - _RANGE_DB, high=loudest),
            x=plot.left,
            y=plot.top,
            width=plot.width,
            height=plot.height,
            preserveAspectRatio="none",
        )
        *lower, (highest, name) = plot.y.ticks()
        for value, text in (*lower, (highest, f"{name} kHz")):
            yield tag("text", text, x=plot.left - 8, y=plot.py(value) + 4, text_anchor="end", class_="tick")

    def _spans(self, upper: Plot, lower: Plot, seen: Sequence[int]) -> Iterator[Html]:
        """A band over the posteriors for each word, its name and confidence above all."""
        free = [0.0, 0.0]  # where each of the two rows of names is free again
        for word in self.words:
            begin, end = (upper.px(n / self.sample_rate_hz) for n in (word.start_samples, word.end_samples))
            token = self.vocabulary.index(word.text) + 1 if word.text in self.vocabulary else 0
            colour = f"s{seen.index(token) % N_SERIES + 1}" if token in seen else "s1"
            sure, half = f" {word.confidence:.2f}", LETTER_WIDTH * (1.2 * len(word.text) + 5) / 2
            middle = max(half, (begin + end) / 2)
            row = 0 if middle - half >= free[0] else 1
            free[row] = middle + half
            name = tag("tspan", word.text, class_="title"), tag("tspan", sure, class_="tick")
            edges = " ".join(f"M{x:.1f} {upper.top}V{upper.bottom}" for x in (begin, end))
            yield tag(
                "g",
                tag("text", *name, x=middle, y=(_WORDS - 8, _WORDS - 25)[row], text_anchor="middle"),
                tag("path", d=f"M{begin:.1f} {_WORDS}H{end:.1f}", class_="span"),
                tag("path", d=edges, class_="edge"),
                tag("rect", x=begin, y=lower.top, width=end - begin, height=lower.height, class_="band"),
                class_=colour,
            )

    def _lines(self, plot: Plot, seen: Sequence[int]) -> Iterator[Html]:
        frame_s = self.frame_samples / self.sample_rate_hz
        xs = [plot.px((i + 0.5) * frame_s) for i in range(len(self.log_probs))]
        series = [(f"s{i % N_SERIES + 1}", "line thin", token) for i, token in enumerate(seen)]
        for colour, kind, token in [("", "ideal", 0), *series]:
            ys = [plot.py(p) for p in np.exp(self.log_probs[:, token]).tolist()]
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
            yield tag("g", tag("polyline", points=points, class_=kind), class_=colour or None)


def worst_section(recognizer: "Recognizer", worst: Sequence[ClipResult]) -> Html | None:
    """The clips that fared worst, each to look at and listen to; ``None`` where all are right.

    Args:
        recognizer: The model.
        worst: The clips, the worst first; those that are right are left out.
    """
    wrong = [result for result in worst if not result.exact][:N_WORST]
    if not wrong:
        return None
    title = "The worst clip" if len(wrong) == 1 else f"The {len(wrong)} worst clips"
    rate_khz = recognizer.sound_rate_hz / 1000
    return section(
        title,
        tag("div", *(_card(recognizer, result) for result in wrong), class_="grid-of-two"),
        name="worst",
        lead="Above, the words recognised with their confidence; below them the spectrogram, and how "
        "likely the model held each word from frame to frame (dashed: no word). Bands are from when to when "
        "it takes a word to have been said. Click into a picture to hear it from there, as the model hears "
        f"it, at {rate_khz:g} kHz.",
    )


def _card(recognizer: "Recognizer", result: ClipResult) -> Html:
    said, heard = result.reference or _NOTHING, result.hypothesis or _NOTHING
    name = "/".join(result.clip.audio.parts[-2:])
    head = tag("h3", "said ", tag("b", said, class_="said"), ", recognised ", tag("b", heard, class_="heard"))
    try:
        view = ClipView.of(recognizer, result)
    except AudioError as error:
        return tag("div", head, tag("p", str(error), class_="lead"), class_="card clip")
    told = [name, result.clip.speaker and f"speaker {result.clip.speaker}", _length(result, view)]
    if result.n_dropped_words:
        told.append(f"whole text: {result.clip.text}")
    return tag(
        "div",
        head,
        tag("p", ", ".join(filter(None, told)), class_="lead"),
        tag("div", view.draw(f"{name}: said {said}, recognised {heard}"), class_="scroll"),
        player(view.samples, view.sample_rate_hz, title=name),
        class_="card clip wide" if view.width > _HALF_WIDTH else "card clip",
    )


def _length(result: ClipResult, view: ClipView) -> str:
    whole_s = result.n_samples / view.sample_rate_hz
    if result.n_samples > len(view.samples):
        return f"the first {view.shown_s:.0f} s of {whole_s:.0f} s"
    return f"{whole_s:.1f} s"
