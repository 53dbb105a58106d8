import math
from typing import Any

import numpy as np
import pytest
from contract import drive, verify_contract

from speechlstm.config import from_dict
from speechlstm.errors import ConfigError
from speechlstm.features.arc_length import ArcLength, Ink, concatenate
from speechlstm.features.strokes import (
    STROKE_FEATURES,
    StrokeConfig,
    StrokeFeatures,
    pen_points,
    stroke_chain,
)

COLUMN = {name: i for i, name in enumerate(STROKE_FEATURES)}


def circle(n: int, *, radius: float = 100.0, at: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """Once round, to the left, from the right."""
    angle = np.linspace(0, 2 * np.pi, n)
    return np.stack([at[0] + radius * np.cos(angle), at[1] + radius * np.sin(angle)], axis=1)


def word(seed: int = 0, n_strokes: int = 5) -> list[np.ndarray]:
    """Strokes that wander to the right, and a dot, in whole units as a tablet gives them."""
    rng = np.random.default_rng(seed)
    strokes = []
    for k in range(n_strokes):
        walk = np.cumsum(rng.normal(0, 12, (rng.integers(5, 60), 2)), axis=0)
        strokes.append(np.round(walk + np.array([200 * k, 500])))
    return [*strokes[:2], np.array([[150.0, 700.0]]), *strokes[2:]]


def ink(strokes: list[np.ndarray], **settings: Any) -> Ink:
    found = drive(ArcLength(**({"step": 0.08, "head_points": 64} | settings)), [pen_points(strokes)])
    assert isinstance(found, Ink)
    return found


def features(strokes: list[np.ndarray], **settings: Any) -> np.ndarray:
    return np.asarray(drive(stroke_chain(StrokeConfig(**settings)), [pen_points(strokes)]))


SETTINGS: list[dict[str, Any]] = [
    {},
    {"step": 0.03, "head_points": 2},
    {"step": 0.5, "head_points": 500},
    {"size": 150.0},
    {"n_stack": 3},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_contract(settings: dict[str, Any]) -> None:
    # as many frames come as the path is long, not as points are many
    chain = stroke_chain(StrokeConfig(**settings))
    verify_contract(chain, pen_points(word()), counted=False, n_examples=30)


@pytest.mark.parametrize("settings", [{}, {"head_points": 7, "step": 0.02}, {"size": 60.0}], ids=str)
def test_arc_length_contract(settings: dict[str, Any]) -> None:
    stage = ArcLength(**({"step": 0.08, "head_points": 64} | settings))
    verify_contract(stage, pen_points(word(1)), counted=False, n_examples=30)


def test_points_that_fall_on_a_step_are_cut_alike() -> None:
    # every second point is a whole step, and the last point one too
    line = np.stack([np.zeros(21), np.arange(21) * 5.0], axis=1)
    stage = ArcLength(step=0.1, head_points=4, size=100.0)
    verify_contract(stage, pen_points([line, line + 7]), counted=False)
    found = ink([line], step=0.1, size=100.0)
    np.testing.assert_allclose(found.place[:, 1], np.arange(0, 101, 10))
    assert found.last.tolist() == [False] * 10 + [True]
    assert found.point.tolist() == list(range(0, 21, 2))


def test_a_known_size_equals_numpys_interpolation() -> None:
    strokes = word(2)
    expected, first, last = [], [], []
    for stroke in strokes:
        s = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
        at = np.append(np.arange(0, s[-1], 6.0), s[-1]) if len(stroke) > 1 else np.zeros(1)
        expected.append(np.stack([np.interp(at, s, stroke[:, 0]), np.interp(at, s, stroke[:, 1])], axis=1))
        first += [True] + [False] * (len(at) - 1)
        last += [False] * (len(at) - 1) + [True]
    found = ink(strokes, step=0.05, size=120.0)
    np.testing.assert_allclose(found.place, np.concatenate(expected), atol=1e-9)
    assert (found.first.tolist(), found.last.tolist()) == (first, last)


def test_the_size_is_what_was_written_so_far() -> None:
    strokes = word(3)
    points = pen_points(strokes)
    found = ink(strokes, head_points=10)
    n_head = min(10, len(strokes[0]))
    width, height = np.ptp(points[:n_head, :2], axis=0)
    for size, low, point in zip(found.size, found.low, found.point, strict=True):
        y = points[: max(n_head, point + 1), 1]
        assert size == max(height, width / 2, np.ptp(y))
        assert low == y.min()


def test_a_head_is_a_stroke_or_so_many_points() -> None:
    def n_held(strokes: list[np.ndarray], head_points: int) -> int:
        stage = ArcLength(step=0.05, head_points=head_points)
        state = stage.initial_state()
        for i, point in enumerate(pen_points(strokes)):
            y, state = stage.step(point[np.newaxis], state)
            if len(y.place):
                return i
        return -1

    line = [np.array([[0.0, 3.0 * i] for i in range(20)])] * 2
    assert n_held(line, 100) == 19
    assert n_held(line, 12) == 11 == ArcLength(step=0.05, head_points=12).latency
    assert ArcLength(step=0.05, head_points=12, size=50.0).latency == 0
    # of a dot, and of a pen that rests, there is no size to be known
    assert n_held([np.array([[0.0, 0.0]]), *line], 12) == 11
    assert n_held([np.concatenate([np.zeros((30, 2)), line[0]])], 12) == 31


def test_the_future_changes_nothing() -> None:
    chain = stroke_chain(StrokeConfig(head_points=20))
    points = pen_points(word(4))
    huge = np.concatenate([points[:80], 100 * points[80:]])
    before, _ = chain.step(points[:80], chain.initial_state())
    assert len(before) > 50
    np.testing.assert_array_equal(drive(chain, [huge])[: len(before)], before)


@pytest.mark.parametrize("factor", [0.125, 8.0])
def test_the_same_word_at_another_size_and_place_gives_the_same_frames(factor: float) -> None:
    moved = [factor * stroke + [4096, -512] for stroke in word(5)]
    np.testing.assert_allclose(features(moved), features(word(5)), atol=1e-5)


def test_another_rate_of_the_tablet_gives_the_same_frames() -> None:
    slow = [circle(200), circle(200, at=(300, 0))]
    fast = [circle(2000), circle(2000, at=(300, 0))]
    # a whole circle is the head here, so that the size is the same too
    a, b = features(slow, head_points=5000), features(fast, head_points=5000)
    np.testing.assert_allclose(a[:-1], b[: len(a) - 1], atol=0.03)


def test_a_pen_that_rests_gives_nothing() -> None:
    stroke = word()[0]
    rested = np.repeat(stroke, 7, axis=0)
    np.testing.assert_array_equal(
        features([rested[:-6]], head_points=500), features([stroke], head_points=500)
    )


def test_a_pen_that_rests_where_it_begins_does_not_fill_the_memory() -> None:
    stage = ArcLength(step=0.08, head_points=64)
    resting = np.tile([[5.0, 5.0, 0.0]], (1_000, 1))
    resting[[300, 700], 2] = 1  # it touches the same place three times
    points = np.concatenate([resting, pen_points(word())])
    state, written = stage.initial_state(), []
    for point in points:
        ink, state = stage.step(point[None], state)
        written.append(ink)
        assert len(state.held) < 64 + 5
    whole = drive(stage, [points])
    for part, expected in zip(concatenate([*written, stage.flush(state)]), whole, strict=True):
        np.testing.assert_array_equal(part, expected)


def test_the_end_of_a_stream_lifts_the_pen() -> None:
    points = pen_points(word())
    lifted = points.copy()
    points[-1, 2] = 0
    chain = stroke_chain(StrokeConfig())
    np.testing.assert_array_equal(drive(chain, [points]), drive(chain, [lifted]))


def test_points_that_are_none_are_passed_over() -> None:
    points = pen_points(word())
    broken = np.insert(points, [3, 40, 41], np.nan, axis=0)
    broken[3, 0] = np.inf
    stage = ArcLength(step=0.08, head_points=10)
    whole, found = drive(stage, [points]), drive(stage, [broken.astype("f")])
    np.testing.assert_array_equal(found.place, whole.place)
    # the points are counted as they came
    assert found.point[-1] == whole.point[-1] + 3


def test_a_faulty_coordinate_does_not_fill_the_memory() -> None:
    points = pen_points(word())
    points[50, 0] = 1e30
    assert len(drive(stroke_chain(StrokeConfig()), [points])) < 5000


@pytest.mark.parametrize(
    ("strokes", "n_frames"),
    [
        ([], 0),
        ([np.zeros((0, 2))], 0),
        ([np.array([[5, 5]])], 1),
        ([np.array([[5, 5]]), np.array([[5, 5]])], 2),
    ],
)
def test_next_to_nothing(strokes: list[np.ndarray], n_frames: int) -> None:
    frames = features(strokes)
    assert frames.shape == (n_frames, 11)
    assert frames[:, COLUMN["pen_up"]].tolist() == [1] * n_frames
    np.testing.assert_array_equal(np.delete(frames, COLUMN["pen_up"], axis=1), 0)


def reference(found: Ink, step: float) -> np.ndarray:
    """The frames, one after the other, with angles instead of vectors."""
    frames: list[list[float]] = []
    heading: float | None = None
    feet: list[tuple[float, float]] = []
    centre = found.place[0, 0]
    top, falling = 0.0, False
    for k, (x, y) in enumerate(found.place):
        size = found.size[k]
        was_x, was_y = found.place[k - 1] if k else (x, y)
        dx, dy = (x - was_x) / size, (y - was_y) / size
        direction, turn, delta, jump = (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)
        if found.first[k]:
            jump, heading = (math.asinh(dx), math.asinh(dy)), None
            top, falling = y, False
        else:
            delta = (dx / step, dy / step)
            new = math.atan2(dy, dx) if dx or dy else None
            if new is not None:
                direction = (math.cos(new), math.sin(new))
            if new is not None and heading is not None:
                turn = (math.cos(new - heading), math.sin(new - heading))
            heading = new
            if y > was_y:
                if falling:
                    feet.append((was_y, min(top - was_y, size / 2)))
                top, falling = y, False
            falling = falling or y < was_y
        if found.last[k] and falling:
            feet.append((y, min(top - y, size / 2)))
        centre += step * (x - centre)
        total = sum(weight for _, weight in feet)
        baseline = sum(foot * weight for foot, weight in feet) / total if feet else found.low[k]
        place = ((y - baseline) / size, (x - centre) / size)
        frames.append([*direction, *turn, *delta, float(found.last[k]), *jump, *place])
    return np.array(frames)


@pytest.mark.parametrize("seed", range(5))
def test_features_equal_a_plain_loop(seed: int) -> None:
    found = ink(word(seed))
    np.testing.assert_allclose(frames_of(found, 0.08), reference(found, 0.08), atol=1e-5)


def frames_of(found: Ink, step: float) -> np.ndarray:
    stage = StrokeFeatures(step=step)
    return stage.step(found, stage.initial_state())[0]


def test_a_circle_turns_left_evenly() -> None:
    frames = features([circle(400)], head_points=1000)
    inner = frames[2:-1]
    # the size is the diameter, so a step of 0.08 is a turn of 0.16 radian
    np.testing.assert_allclose(inner[:, COLUMN["turn_sin"]], np.sin(0.16), atol=2e-3)
    np.testing.assert_allclose(inner[:, COLUMN["turn_cos"]], np.cos(0.16), atol=2e-3)
    np.testing.assert_allclose(np.hypot(*inner[:, 4:6].T), 1, atol=2e-3)
    assert len(frames) == 1 + math.ceil(math.pi / 0.08)
    turned = features([circle(400)[::-1]], head_points=1000)
    np.testing.assert_allclose(turned[2:-1, COLUMN["turn_sin"]], -np.sin(0.16), atol=2e-3)


def test_pen_ups_and_jumps() -> None:
    upright = np.array([[0.0, 100.0], [0.0, 0.0]])
    across = np.array([[-30.0, 50.0], [30.0, 50.0]])
    frames = features([upright, across], step=0.25)
    assert np.flatnonzero(frames[:, COLUMN["pen_up"]]).tolist() == [4, 8]
    jumps = frames[:, [COLUMN["jump_x"], COLUMN["jump_y"]]]
    assert np.flatnonzero(jumps.any(axis=1)).tolist() == [5]
    np.testing.assert_allclose(np.sinh(jumps[5]), [-0.3, 0.5], rtol=1e-5)
    down = [1, 2, 3, 4]
    np.testing.assert_allclose(frames[down, COLUMN["direction_y"]], -1)
    np.testing.assert_allclose(frames[6:9, COLUMN["direction_x"]], 1)
    # where a stroke begins there is no direction, and no turn one further on
    np.testing.assert_array_equal(frames[[0, 5], 0:2], 0)
    np.testing.assert_array_equal(frames[[0, 1, 5, 6], 2:4], 0)
    np.testing.assert_allclose(frames[:5, COLUMN["above"]], [1, 0.75, 0.5, 0.25, 0], atol=1e-6)
    np.testing.assert_allclose(frames[5:, COLUMN["above"]], 0.5, atol=1e-6)


def test_the_baseline_lies_under_the_letters_and_the_tail_of_a_g_moves_it_little() -> None:
    def hump(x: float, foot: float) -> list[list[float]]:
        return [[x, 100.0], [x + 10, foot], [x + 20, 100.0]]

    plain = np.array([p for k in range(8) for p in hump(40.0 * k, 0.0)])
    with_tail = np.array([p for k in range(8) for p in hump(40.0 * k, -80.0 if k == 4 else 0.0)])
    at_end = {}
    for name, stroke in {"plain": plain, "tail": with_tail}.items():
        found = ink([stroke], head_points=500, step=0.02)
        above = frames_of(found, 0.02)[:, COLUMN["above"]]
        at_end[name] = found.place[-1, 1] - above[-1] * found.size[-1]
    assert at_end["plain"] == pytest.approx(0, abs=2)
    assert -12 < at_end["tail"] < -5


def test_stacks_are_filled_with_the_last_frame() -> None:
    one, three = features(word()), features(word(), n_stack=3)
    assert three.shape == (-(-len(one) // 3), 33)
    np.testing.assert_array_equal(three.reshape(-1, 11)[: len(one)], one)


def test_settings_from_a_dictionary() -> None:
    assert from_dict(StrokeConfig, {"step": 0.05, "size": 200}) == StrokeConfig(step=0.05, size=200.0)
    assert StrokeConfig(n_stack=2).width == 22


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "raw"}, "kind must be strokes, got 'raw'"),
        ({"step": 0.0}, "step must be more than 0 and at most 1 size, got 0"),
        ({"head_points": 1}, "head_points must be at least 2, got 1"),
        ({"size": 0.0}, "size must be positive, or absent; got 0"),
        ({"n_stack": 0}, "n_stack must be at least 1, got 0"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        StrokeConfig(**settings)


@pytest.mark.parametrize(("size", "latency"), [(None, 63), (100.0, 0)])
def test_the_declared_latency(size: float | None, latency: int) -> None:
    # in points at the head; from then on a frame is complete with the point that reaches it
    assert stroke_chain(StrokeConfig(size=size)).latency == latency
