"""The recipe for sound of words."""

import json
from dataclasses import dataclass

from speechlstm.data.manifest import Clip
from speechlstm.survey.kind import Proposal, Survey, Target
from speechlstm.survey.opening import opening
from speechlstm.survey.toml import quoted

__all__ = ["SoundFacts", "propose"]

_HIGHEST_RATE_HZ = 16000
_ROLES = ("words", "phrases", "speech", "noise")
_SHARES = {"words": 0.5, "phrases": 0.2, "other": 0.15, "speech": 0.1}


_MODEL = """\
# how far the model looks ahead, in frames of 30 ms; chosen with --latency
[latency]
low = { chunk_frames = 2, lookahead_frames = 1 }
balanced = { chunk_frames = 5, lookahead_frames = 4 }
high = { chunk_frames = 14, lookahead_frames = 8 }
offline = { chunk_frames = 2000, lookahead_frames = 16 }

# threshold: smallest confidence of a word, 0 to 1. blank_penalty: more gives more words, right and wrong.
# `speechlstm calibrate` chooses both, and what a confidence means, once the model is trained
[decoder]
threshold = 0.5
blank_penalty = 0.0
"""


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """What a recipe for words needs to know.

    Attributes:
        words: The vocabulary.
        clips: The role and the clip, with its split, of all that can be used.
        rates_hz: Their sample rates.
        longest_s: The longest clip of a word.
    """

    words: tuple[str, ...]
    clips: tuple[tuple[str, Clip], ...]
    rates_hz: tuple[int, ...]
    longest_s: float

    @property
    def has_others(self) -> bool:
        """Whether there are single words outside the vocabulary."""
        return any(role == "words" and clip.text not in self.words for role, clip in self.clips)

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles that something can be trained on in."""
        return tuple(r for r in _ROLES if any(role == r and c.split == "train" for role, c in self.clips))


def propose(facts: SoundFacts, survey: Survey, target: Target) -> Proposal:
    """See :class:`speechlstm.survey.kind.Finding`."""
    files = {f"{role}.jsonl": _list(facts, role, target) for role in facts.roles}
    return Proposal(
        config=_config(facts, target),
        evaluate_on=target.beside("words.jsonl"),
        advice=_advice(facts),
        files=files,
    )


def _list(facts: SoundFacts, role: str, target: Target) -> bytes:
    rows = (
        {"audio": target.listed(clip.audio), "text": clip.text, "speaker": clip.speaker, "split": clip.split}
        for found, clip in facts.clips
        if found == role
    )
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _config(facts: SoundFacts, target: Target) -> str:
    return "\n".join(
        [_opening(facts, target), _features(facts), _MODEL, _sets(facts, target), _training(facts)]
    )


def _opening(facts: SoundFacts, target: Target) -> str:
    told = f"{len(facts.words)} words: {', '.join(facts.words[:12])}."
    return opening(target, "words out of live sound", told, facts.words)


def _features(facts: SoundFacts) -> str:
    rate_hz = min(_HIGHEST_RATE_HZ, facts.rates_hz[0])
    return f"""\
# {_why_rate(facts, rate_hz)}
[features]
sample_rate_hz = {rate_hz}
win_length = {2 * round(0.0125 * rate_hz)}
hop_length = {round(0.01 * rate_hz)}
n_mels = {32 if rate_hz <= 8000 else 40}
n_mfcc = 20
fmin_hz = 60.0
fmax_hz = {0.4625 * rate_hz:.1f}
n_stack = 3
# silence before and behind every recording, so that a word is heard that it begins or ends with
lead_frames = 10
tail_frames = 5

[network]
n_layers = 2
units = {128 if len(facts.words) > 4 else 64}
"""


def _training(facts: SoundFacts) -> str:
    return f"""\
# streams are composed out of clips; p_* are shares of the items in them, and what is left is silence
[compose]
{_compose(facts)}
# {_why_steps(facts)}
[training]
n_steps = {_n_steps(facts)}
batch_size = 32
learning_rate = 3e-3
n_warmup = 100
pooled_weight = 1.0
extent_weight = 0.2
n_time_masks = 0
n_band_masks = 1
# [chunk, lookahead] pairs that are trained, one drawn for each batch; [0, 0] is the whole stream
dial = [[2, 1], [5, 4], [5, 4], [14, 8], [0, 0]]
validate_every = {max(50, _n_steps(facts) // 10)}
"""


def _sets(facts: SoundFacts, target: Target) -> str:
    tables = [
        f"[data.{role}]\nmanifest = {quoted(target.beside(f'{role}.jsonl'))}\n"
        f'role = "{role}"\nsplit = "train"\n'
        for role in facts.roles
    ]
    hints = [
        '# to add noise that the words are heard in:\n# [data.noise]\n# manifest = "FOLDER/manifest.jsonl"\n'
        '# role = "noise"\n'
        if "noise" not in facts.roles
        else "",
        "# to add speech that holds none of the words, which the model must not hear them in:\n"
        '# [data.speech]\n# manifest = "FOLDER/manifest.jsonl"\n# role = "speech"\n'
        if "speech" not in facts.roles
        else "",
    ]
    more = f"""\
# for the card: write here whose recordings these are, and under which licence
[sources]
{_sources(facts)}
[validation.words]
manifest = {quoted(target.beside("words.jsonl"))}
split = "validation"
"""
    return "\n".join(part for part in (*tables, *hints, more) if part)


def _sources(facts: SoundFacts) -> str:
    return "".join(f'{role} = "not stated"\n' for role in facts.roles)


def _compose(facts: SoundFacts) -> str:
    length_s = max(6.0, round(2 * facts.longest_s))
    shares = {
        "p_run": _SHARES["words"],
        "p_phrase": _SHARES["phrases"] * ("phrases" in facts.roles),
        "p_other": _SHARES["other"] * facts.has_others,
        "p_speech": _SHARES["speech"] * ("speech" in facts.roles),
        "p_noise": 0.7 * ("noise" in facts.roles),
    }
    return f"length_s = {length_s}\n" + "".join(f"{name} = {share:g}\n" for name, share in shares.items())


def _n_steps(facts: SoundFacts) -> int:
    """About what ``words-en`` took a clip, within bounds."""
    n_clips = sum(role == "words" and clip.split == "train" for role, clip in facts.clips)
    return int(min(6000, max(800, round(n_clips / 2, -2))))


def _why_rate(facts: SoundFacts, rate_hz: int) -> str:
    if len(facts.rates_hz) == 1:
        return f"the clips come at {facts.rates_hz[0]} Hz; more than 16 kHz tells nothing more of words"
    rates = ", ".join(map(str, facts.rates_hz))
    return (
        f"clips come at {rates} Hz; at {rate_hz} Hz the network cannot tell words by their recordings' rate"
    )


def _why_steps(facts: SoundFacts) -> str:
    n = sum(role == "words" and clip.split == "train" for role, clip in facts.clips)
    return f"fit for {n:,} clips; watch the error on validation, and give it more steps while that falls"


def _advice(facts: SoundFacts) -> tuple[str, ...]:
    advice = []
    if "noise" not in facts.roles:
        advice.append(
            "There is no recorded noise. Put a few minutes of what is heard where the model will run (fan, "
            "street, music) into a folder `noise` beside the words, and make the recipe again, or add "
            "`[data.noise]`."
        )
    if not facts.has_others and not {"speech", "phrases"} & set(facts.roles):
        advice.append(
            "There is nothing to reject: all clips are words of the vocabulary. The model will answer other "
            "speech with its words. Record other words, alike ones above all, into a folder `other`, or add "
            "`[data.speech]` with speech that holds none of the words; then look at what the model makes of "
            "an hour without any."
        )
    return tuple(advice)
