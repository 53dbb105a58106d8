"""A grammar and hotwords, from the commands and the API to the words."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result
from tiny import speechlike
from wrist import make_wrist_bundle

from speechlstm import Recognizer
from speechlstm.bundle import Bundle, save
from speechlstm.cli.main import cli
from speechlstm.decode.config import DecoderConfig
from speechlstm.errors import ConfigError
from speechlstm.messages import Final, Partial
from speechlstm.recognizer.adaptation import adapted

PAIRS = ["polar = yes | no", "(up | down) polar"]
SOUND = speechlike(3 * 8_000, seed=3)


@pytest.fixture
def grammar(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.txt"
    path.write_text("# one way, or the other\n" + "\n".join(PAIRS) + "\n")
    return path


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "noise.wav"
    soundfile.write(path, SOUND, 8_000)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, list(map(str, arguments)))


def pairs_of(text: str) -> list[tuple[str, str]]:
    words = text.split()
    return list(zip(words[::2], words[1::2], strict=True))


def test_every_command_gives_nothing_but_phrases(tiny_bundle: Path, grammar: Path, sound: Path) -> None:
    options = ["-m", tiny_bundle, "--grammar", grammar]
    told = run("transcribe", sound, *options).stdout
    assert len(pairs_of(told)) >= 2
    assert all(a in ("up", "down") and b in ("yes", "no") for a, b in pairs_of(told))
    heard = run("listen", "--input", sound, "--no-partials", *options)
    assert heard.stdout.split() == told.split()
    assert "; a word waits up to 1.5 s for the rest of its phrase" in heard.stderr
    (sound.parent / "manifest.jsonl").write_text(json.dumps({"audio": sound.name, "text": told.strip()}))
    figures = run("evaluate", tiny_bundle, sound.parent, "--grammar", grammar, "--json")
    assert json.loads(figures.stdout)["wer"] == 0


def test_utterances_are_made_of_whole_phrases(tiny_bundle: Path, grammar: Path, sound: Path) -> None:
    options = ["-m", tiny_bundle, "--input", sound, "--grammar", grammar, "--no-partials"]
    options += ["--endpoint-max-s", "0.5"]
    lines = [json.loads(line) for line in run("listen", *options, "-f", "jsonl").stdout.splitlines()]
    utterances = [line["text"] for line in lines if "text" in line]
    assert len(utterances) >= 2 and all(pairs_of(text) for text in utterances)
    assert run("listen", *options).stdout.splitlines() == utterances
    whole = run("transcribe", sound, "-m", tiny_bundle, "--grammar", grammar).stdout
    assert " ".join(utterances).split() == whole.split()


@pytest.mark.parametrize("latency", ["low", "offline"])
def test_a_stream_gives_what_the_whole_gives(tiny_bundle: Path, latency: str) -> None:
    recognizer = Recognizer.load(tiny_bundle, latency=latency, grammar=PAIRS, hotwords={"up": 1.0})
    whole = recognizer.transcribe(SOUND).words
    assert len(whole) >= 2
    stream = recognizer.stream()
    events = [event for i in range(0, len(SOUND), 3_001) for event in stream.feed(SOUND[i : i + 3_001])]
    events += stream.finish()
    assert tuple(word for event in events if isinstance(event, Final) for word in event.words) == whole
    # phrases come whole, and what is believed is phrases too
    for event in events:
        if isinstance(event, Final | Partial):
            pairs_of(" ".join(word.text for word in event.words))


def test_what_waits_is_part_of_the_delay(tiny_bundle: Path) -> None:
    plain, pairs = Recognizer.load(tiny_bundle), Recognizer.load(tiny_bundle, grammar=PAIRS)
    assert (plain.wait_samples, pairs.wait_samples) == (0, 50 * 240)
    single = Recognizer.load(tiny_bundle, grammar=["up | down"])
    assert single.wait_samples == 0
    assert pairs.latency_samples - pairs.wait_samples == single.latency_samples == plain.latency_samples


def test_hotwords_move_the_balance(tiny_bundle: Path, sound: Path) -> None:
    def n_no(weight: float) -> int:
        told = run("transcribe", sound, "-m", tiny_bundle, "--hotwords", f"no={weight}, down=0").stdout
        return told.split().count("no")

    assert n_no(-20) == 0
    assert 0 < n_no(0) < n_no(5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty; give a phrase a line, such as: turn (left | right)"),
        ("# nothing\n\n", "the grammar holds no phrases; give a phrase a line"),
        ("up\nleft\n", "the grammar, line 2: there is no word 'left'; there are down, no, stop, up, yes"),
        ("up\ndwn no", "the grammar, line 2: there is no word 'dwn'; did you mean down?"),
        (
            "(yes | no){99} up up",
            "the shortest phrase of the grammar has 101 words, which nobody says",
        ),
        (None, "cannot be read: No such file or directory; check the name"),
        (b"\xff\xfe", "is no UTF-8 text"),
    ],
)
@pytest.mark.parametrize("command", [["transcribe", "x.wav", "-m"], ["listen", "-m"], ["evaluate"]])
def test_a_grammar_that_cannot_be(
    tiny_bundle: Path, tmp_path: Path, command: list[str], text: str | bytes | None, message: str
) -> None:
    path = tmp_path / "grammar.txt"
    if text is not None:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    result = run(*command, tiny_bundle, *(["x.jsonl"] if command == ["evaluate"] else []), "--grammar", path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr and "Traceback" not in result.stderr
    assert str(path) in result.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("up=much", "--hotwords: 'up=much' is no word with its weight in nats; write go=2,up=-1"),
        ("up", "--hotwords: 'up' is no word with its weight"),
        ("up=1,", "--hotwords: '' is no word with its weight"),
        ("up=1,up=2", "--hotwords: 'up' has two weights; give it one"),
        ("upp=1", "hotwords: there is no word 'upp'; did you mean up?"),
        ("up=nan", "the weight of 'up' must be a number of nats from -20 to 20, got nan"),
        ("up=1e3", "the weight of 'up' must be a number of nats from -20 to 20, got 1000"),
    ],
)
def test_hotwords_that_cannot_be(tiny_bundle: Path, text: str, message: str) -> None:
    result = run("transcribe", "x.wav", "-m", tiny_bundle, "--hotwords", text)
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr and "Traceback" not in result.stderr


@pytest.mark.parametrize("words", [{"grammar": ["walking"]}, {"hotwords": {"walking": 1.0}}])
def test_they_are_for_models_of_words(tmp_path: Path, words: dict[str, object]) -> None:
    model = make_wrist_bundle(tmp_path / "wrist")
    with pytest.raises(ConfigError, match="a grammar and hotwords are for models of words; wrist decodes by"):
        Recognizer.load(model, **words)  # type: ignore[arg-type]


def test_a_text_is_its_lines_and_words_may_have_capitals(tiny_bundle: Path) -> None:
    lines = ["way = up | down", "Yes way{2}"]
    one, other = (
        Recognizer.load(tiny_bundle, grammar=grammar, hotwords=hotwords).bundle.config.decoder
        for grammar, hotwords in ((lines, {"yes": 1.0}), ("\n".join(lines), {"Yes": 1.0}))
    )
    assert one == other
    with pytest.raises(ConfigError, match="hotwords: 'yes' has two weights"):
        Recognizer.load(tiny_bundle, hotwords={"yes": 1.0, "Yes": 2.0})


def test_hotwords_whose_small_letters_are_not_their_folded_ones(tiny_bundle: Path) -> None:
    bundle = Bundle.load(tiny_bundle)
    config = replace(bundle.config, vocabulary=("straße", *bundle.vocabulary[1:]))
    decoder = adapted(replace(bundle, config=config), hotwords={"straße": 1.0}).config.decoder
    assert isinstance(decoder, DecoderConfig) and decoder.hotwords == {"straße": 1.0}


def test_what_a_slot_is_stands_in_the_error(tiny_bundle: Path) -> None:
    with pytest.raises(ConfigError, match=r"\(what stands for several has a line: digit = "):
        Recognizer.load(tiny_bundle, grammar="digit digit")


def test_an_empty_grammar_is_refused_by_the_api_too(tiny_bundle: Path) -> None:
    with pytest.raises(ConfigError, match="the grammar is empty; give a phrase a line"):
        Recognizer.load(tiny_bundle, grammar=[])


def test_what_is_held_of_a_long_stream_does_not_grow(tiny_bundle: Path) -> None:
    recognizer = Recognizer.load(tiny_bundle, grammar=PAIRS)
    answer = recognizer.posteriors(np.concatenate([SOUND] * 4))
    state, sizes = recognizer.decoder.initial_state(), []
    for _ in range(6):
        _, state = recognizer.decoder.step(answer, state)
        sizes.append(sum(len(h.spikes) for h in state.held.hypotheses))
    assert max(sizes[3:]) <= 2 * max(sizes[:2])


def test_a_grammar_keeps_the_hotwords_of_the_bundle(tiny_bundle: Path, tmp_path: Path) -> None:
    bundle = Bundle.load(tiny_bundle)
    weighed = replace(bundle.config.decoder, method="prefix", hotwords={"up": 2.0})
    model = tmp_path / "tiny"
    save(model, replace(bundle.config, decoder=weighed), bundle.front_end, bundle.model, bundle.card)
    kept = Recognizer.load(model, grammar=PAIRS)
    assert kept.bundle.config.decoder.hotwords == {"up": 2.0}
    other = Recognizer.load(model, hotwords={"down": 1.0})
    assert other.bundle.config.decoder.hotwords == {"down": 1.0}
