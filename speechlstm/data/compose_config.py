"""How streams of sound are composed."""

from dataclasses import dataclass

from speechlstm.config import require

__all__ = ["ComposeConfig"]


@dataclass(frozen=True, slots=True)
class ComposeConfig:
    """How streams are composed; times in seconds, levels in decibels, shares in 0..1.

    Attributes:
        length_s: Length of a stream.
        p_run: Share of the items that are runs of words of the vocabulary.
        p_phrase: Share that are phrases with transcripts; phrases with words of the vocabulary and
            those without are drawn equally often.
        p_other: Share that are single words outside the vocabulary.
        p_speech: Share that are excerpts of speech without transcript; the rest is silence.
        max_run: Most words in a run.
        p_fluent: Share of the runs whose words follow without a pause, or overlap.
        overlap_s: By how much they overlap at most.
        p_close: Share of the runs with pauses of up to 0.15 s; in the others they reach 0.8 s.
        speed: Slowest and fastest playing.
        tempo: Slowest and fastest speaking of fluent runs, at the same pitch.
        level_db: Lowest and highest RMS of the speech against full scale.
        snr_db: Lowest and highest ratio of speech to noise.
        p_noise: Share of the streams with recorded noise; all have a faint hiss.
        p_reverb: Share of the streams in a simulated room.
        colour_db: How much microphones differ: standard deviation of their gain in a band.
    """

    length_s: float = 6.0
    p_run: float = 0.5
    p_phrase: float = 0.15
    p_other: float = 0.12
    p_speech: float = 0.1
    max_run: int = 7
    p_fluent: float = 0.45
    overlap_s: float = 0.08
    p_close: float = 0.25
    speed: tuple[float, ...] = (0.8, 1.25)
    tempo: tuple[float, ...] = (1.0, 1.6)
    level_db: tuple[float, ...] = (-45.0, -12.0)
    snr_db: tuple[float, ...] = (0.0, 30.0)
    p_noise: float = 0.7
    p_reverb: float = 0.4
    colour_db: float = 4.0

    def __post_init__(self) -> None:
        shares = (self.p_run, self.p_phrase, self.p_other, self.p_speech)
        require(
            min(shares) >= 0 and sum(shares) <= 1, f"shares of items must add up to at most 1, got {shares}"
        )
        fluent = (self.p_fluent, self.p_close)
        require(
            min(fluent) >= 0 and sum(fluent) <= 1,
            f"p_fluent and p_close must add up to at most 1, got {fluent}",
        )
        for name, share in (("p_noise", self.p_noise), ("p_reverb", self.p_reverb)):
            require(0 <= share <= 1, f"{name} must be from 0 to 1, got {share}")
        require(self.length_s >= 1, f"length_s must be at least 1, got {self.length_s}")
        for name, value in (("overlap_s", self.overlap_s), ("colour_db", self.colour_db)):
            require(value >= 0, f"{name} must not be negative, got {value}")
        require(self.max_run >= 1, f"max_run must be at least 1, got {self.max_run}")
        for name, pair in (
            ("speed", self.speed),
            ("tempo", self.tempo),
            ("level_db", self.level_db),
            ("snr_db", self.snr_db),
        ):
            require(len(pair) == 2 and pair[0] <= pair[1], f"{name} must be [lowest, highest], got {pair}")
        for name, pair in (("speed", self.speed), ("tempo", self.tempo)):
            require(pair[0] > 0, f"{name} must be positive, got {pair}")
