"""Sound of single words: a folder for each word, or a list of clips."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from speechlstm.data.manifest import Clip, read_manifest
from speechlstm.errors import AudioError, DataError
from speechlstm.machine import n_cores
from speechlstm.sources.files import AudioFile
from speechlstm.sources.paths import known_suffixes
from speechlstm.survey.kind import Ask, Class, Proposal, Survey, Target
from speechlstm.survey.place import Place
from speechlstm.survey.sound_recipe import SoundFacts, propose
from speechlstm.survey.split_items import Item, split_items
from speechlstm.survey.subjects import are_people, subjects_of

__all__ = ["SoundFinding", "SoundKind"]

_NOISE = {"background_noise", "noise", "silence", "background"}
_OTHER = {"unknown", "other", "others", "negative", "negatives"}
# a word with fewer clips than this part of the commonest one's is told from the others, and not learnt
_RARE = 0.1
_HEARD_AT_HZ = 8000
_SHORTEST_S = 0.1
_LONGEST_WORD_S = 3.0
_SILENT = 1e-3


@dataclass(frozen=True, slots=True)
class _Heard:
    """A clip that was read."""

    clip: Clip
    rate_hz: int = 0
    n_channels: int = 0
    seconds: float = 0.0
    peak: float = 0.0
    error: str = ""


@dataclass(frozen=True, slots=True)
class SoundFinding:
    """See :class:`speechlstm.survey.kind.Finding`.

    Attributes:
        survey: What was found.
        facts: What the recipe needs.
    """

    survey: Survey
    facts: SoundFacts

    def proposal(self, target: Target) -> Proposal:
        return propose(self.facts, self.survey, target)


class SoundKind:
    """See :class:`speechlstm.survey.kind.Kind`."""

    name = "sound of words"
    expected = "a folder for each word with its sound files, or a list of {audio, text, speaker, split}"

    def claims(self, place: Place) -> bool:
        if place.manifest is not None:
            return "audio" in place.keys
        suffixes = known_suffixes()
        return any(file.suffix.lower() in suffixes for file in place.files)

    def examine(self, place: Place, ask: Ask, report: Callable[[Path], None]) -> SoundFinding:
        clips, subjects_from = _clips(place)
        with ThreadPoolExecutor(n_cores()) as pool:
            heard = [_told(h, report) for h in pool.map(_hear, clips)]
        unreadable = [f"{h.clip.audio}: {why}" for h in heard if (why := _why_not(h))]
        usable = [h for h in heard if not _why_not(h)]
        if not usable:
            raise DataError(f"{place.path}: none of {len(clips):,} clips can be used: {unreadable[0]}")
        return _finding(place, usable, subjects_from, tuple(unreadable), ask)


def _finding(
    place: Place, heard: Sequence[_Heard], subjects_from: str, unreadable: tuple[str, ...], ask: Ask
) -> SoundFinding:
    words = _vocabulary(heard, place.path)
    roles = [_role(h.clip) for h in heard]
    split = split_items([_item(h, words) for h in heard if not _is_noise(h.clip)], ask)
    sides = iter(split.splits)
    # noise is nobody's, and nothing is measured on it
    clips = [replace(h.clip, split="train" if _is_noise(h.clip) else next(sides)) for h in heard]
    facts = SoundFacts(
        words=words,
        clips=tuple(zip(roles, clips, strict=True)),
        rates_hz=tuple(sorted({h.rate_hz for h in heard})),
        longest_s=max(h.seconds for h, role in zip(heard, roles, strict=True) if role == "words"),
    )
    survey = Survey(
        kind=SoundKind.name,
        path=place.path,
        classes=_classes(heard, clips, words),
        units=split.units,
        split_by=split.by,
        subjects_from=subjects_from,
        n_subjects=len({clip.speaker for clip in clips} - {""}) if subjects_from else 0,
        facts=_told_facts(heard, roles, words),
        warnings=(*_warnings(heard, roles, words), *split.warnings),
        unreadable=unreadable,
    )
    return SoundFinding(survey, facts)


def _clips(place: Place) -> tuple[list[Clip], str]:
    """The clips, and how their speakers are known."""
    if place.manifest is not None:
        clips = read_manifest(place.manifest)
        return clips, "the list" if all(clip.speaker for clip in clips) else ""
    if place.path.is_file():
        raise DataError(f"{place.path} is one sound file; expected {SoundKind.expected}")
    try:
        clips = read_manifest(place.path)
    except DataError as error:
        raise DataError(
            f"{place.path} holds {place.describe()}, and no folder that names a word; "
            f"expected {SoundKind.expected}"
        ) from error
    names = [clip.audio.relative_to(place.path) for clip in clips]
    if are_people(sorted({clip.text for clip in clips})) and all(len(name.parts) > 2 for name in names):
        return [
            Clip(clip.audio, "_".join(name.parts[1].split()), name.parts[0])
            for clip, name in zip(clips, names, strict=True)
        ], "folders"
    spoken = [i for i, clip in enumerate(clips) if not _is_noise(clip)]
    found, how = subjects_of([names[i] for i in spoken], sorted({clip.text for clip in clips}))
    speakers = dict(zip(spoken, found, strict=True))
    return [
        replace(clip, text="_".join(clip.text.split()), speaker=speakers.get(i, ""))
        for i, clip in enumerate(clips)
    ], how


def _is_noise(clip: Clip) -> bool:
    return clip.text.strip("_").lower() in _NOISE


def _hear(clip: Clip) -> _Heard:
    try:
        with AudioFile(clip.audio, _HEARD_AT_HZ) as sound:
            peak = max((float(np.abs(x).max()) for x in sound if len(x)), default=0.0)
            seconds = sound.duration_s or 0.0
            return _Heard(clip, sound.source_rate_hz, sound.n_channels, seconds, peak)
    except AudioError as error:
        return _Heard(clip, error=str(error).removeprefix(f"{clip.audio}: "))


def _told(heard: _Heard, report: Callable[[Path], None]) -> _Heard:
    report(heard.clip.audio)
    return heard


def _why_not(heard: _Heard) -> str:
    if heard.error:
        return heard.error
    if heard.seconds < _SHORTEST_S:
        return f"is {heard.seconds:.2f} s long, too short for a word"
    return "is silent" if heard.peak < _SILENT and not _is_noise(heard.clip) else ""


def _role(clip: Clip) -> str:
    if _is_noise(clip):
        return "noise"
    return {0: "speech", 1: "words"}.get(len(clip.text.split()), "phrases")


def _vocabulary(heard: Sequence[_Heard], path: Path) -> tuple[str, ...]:
    counts = Counter(h.clip.text for h in heard if _role(h.clip) == "words")
    rest = {word for word in counts if word.strip("_").lower() in _OTHER}
    most = max((n for word, n in counts.items() if word not in rest), default=0)
    words = tuple(sorted(word for word, n in counts.items() if word not in rest and n >= _RARE * most))
    if not words:
        n_phrases = sum(_role(h.clip) == "phrases" for h in heard)
        raise DataError(
            f"{path} has no clips of single words, but {n_phrases:,} of several and "
            f"{len(heard) - n_phrases:,} of none; expected {SoundKind.expected}, each word alone"
        )
    told_from = len(counts) > 1 or any(_role(h.clip) in ("speech", "phrases") for h in heard)
    if len(words) == 1 and not told_from:
        raise DataError(
            f"{path} holds one word only, {words[0]!r}: with nothing to tell it from, a network hears it in "
            "everything; add a folder for another word, or a folder 'other' with clips of other words"
        )
    return words


def _item(heard: _Heard, words: Sequence[str]) -> Item:
    clip = heard.clip
    label = clip.text if clip.text in words else ""
    return Item(str(clip.audio), {label: heard.seconds}, clip.speaker, clip.split)


def _classes(heard: Sequence[_Heard], clips: Sequence[Clip], words: Sequence[str]) -> tuple[Class, ...]:
    found = []
    for word in (*words, ""):
        of_it = [(h.seconds, clip) for h, clip in zip(heard, clips, strict=True) if _learnt(h, words) == word]
        if of_it:
            speakers = {clip.speaker or str(clip.audio) for _, clip in of_it}
            aside_s = sum(s for s, clip in of_it if clip.split == "validation")
            found.append(Class(word, len(of_it), sum(s for s, _ in of_it), len(speakers), aside_s))
    return tuple(found)


def _learnt(heard: _Heard, words: Sequence[str]) -> str:
    return heard.clip.text if heard.clip.text in words else ""


def _told_facts(heard: Sequence[_Heard], roles: Sequence[str], words: Sequence[str]) -> dict[str, object]:
    lengths = sorted(h.seconds for h in heard)
    others = Counter(h.clip.text for h in heard if _role(h.clip) == "words" and h.clip.text not in words)
    return {
        "clips": len(heard),
        "minutes": round(sum(lengths) / 60, 2),
        "clip_s": [round(lengths[0], 2), round(lengths[len(lengths) // 2], 2), round(lengths[-1], 2)],
        "sample_rates_hz": dict(sorted(Counter(h.rate_hz for h in heard).items())),
        "channels": dict(sorted(Counter(h.n_channels for h in heard).items())),
        "roles": dict(Counter(roles)),
        "words_not_learnt": dict(others.most_common()),
    }


def _warnings(heard: Sequence[_Heard], roles: Sequence[str], words: Sequence[str]) -> list[str]:
    found = []
    n_long = sum(h.seconds > _LONGEST_WORD_S for h, role in zip(heard, roles, strict=True) if role == "words")
    if n_long:
        found.append(f"{n_long:,} clips are longer than {_LONGEST_WORD_S:g} s: is each of them one word?")
    rates = {word: {h.rate_hz for h in heard if h.clip.text == word} for word in words}
    if len({min(found) for found in rates.values()}) > 1:
        found.append(
            "some words come at a lower sample rate than others, by which a network could tell them; "
            "the recipe takes the lowest rate for all"
        )
    if not {"noise"} & set(roles):
        found.append("there is no recorded noise (a folder 'noise'): streams get a faint hiss only")
    if not {"speech", "phrases"} & set(roles) and not any(
        h.clip.text not in words for h, role in zip(heard, roles, strict=True) if role == "words"
    ):
        found.append(
            "there is nothing but the words themselves: the model will hear them in other speech too; "
            "add clips of other words (a folder 'other'), or speech without them"
        )
    return found
