"""Makes wrist.csv: what a watch would tell of someone who gets up, walks, turns, walks back and sits down.

    python samples/make_wrist.py [FILE]        (default: wrist.csv beside this script)

A wrist is two postures (the hand on the thigh, the arm hanging), the way from one to the other, an arm that
swings with every stride, and a body that turns. Orientation is followed in small steps; gravity and the rates
of turn follow from it, so that the six channels agree with each other as those of a device do. Amplitudes are
set by eye, seeds fixed: the same numbers come out every time.
"""

import sys
from pathlib import Path

import numpy as np

RATE_HZ = 100
# seconds of each
SCRIPT = (
    ("seated", 3.0),
    ("standing_up", 1.4),
    ("walking", 4.5),
    ("turning", 1.8),
    ("walking", 4.5),
    ("turning", 1.8),
    ("sitting_down", 1.4),
    ("seated", 3.0),
)
GRAVITY = 9.81
# which way is up, in the axes of the watch
UP_SEATED, UP_HANGING = np.array([-0.2, -0.25, 0.95]), np.array([-0.94, -0.33, 0.05])
STRIDE_HZ = 0.95
SWING_AXIS, SWING_RAD = np.array([0.55, 0.3, 0.7]), 0.34


def main() -> None:
    """Write the file."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "wrist.csv"
    out.write_text("\n".join(["time_s,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z,label", *rows(seed=1), ""]))


def rows(seed: int) -> list[str]:
    """Lines of CSV: seconds, m/s2, rad/s, and what is being done."""
    rng = np.random.default_rng(seed)
    labels = np.repeat([name for name, _ in SCRIPT], [round(s * RATE_HZ) for _, s in SCRIPT])
    # a body that moves shakes, and no sensor is silent
    moving = smooth((labels != "seated").astype(float), 0.3)[:, np.newaxis]
    shake = rng.normal(0, [0.08] * 3 + [0.04] * 3, (len(labels), 6)) * moving
    samples = motion(labels) + shake + rng.normal(0, [0.05] * 3 + [0.01] * 3, (len(labels), 6))
    # a watch's clock: about a hundred a second, never quite evenly
    times_s = np.cumsum(rng.uniform(0.8, 1.2, len(labels))) / RATE_HZ
    cells = np.column_stack([times_s - times_s[0], samples])
    return [
        ",".join([f"{row[0]:.3f}", *(f"{v:.4f}" for v in row[1:]), label])
        for row, label in zip(cells.tolist(), labels.tolist(), strict=True)
    ]


def motion(labels: np.ndarray) -> np.ndarray:
    """Acceleration and rate of turn ``[n, 6]`` in the axes of the watch."""
    t = np.arange(len(labels)) / RATE_HZ
    # who turns on the spot swings the arm less
    going = smooth((labels == "walking") + 0.45 * (labels == "turning"), 0.6)
    risen = posture(labels)
    phase = 2 * np.pi * STRIDE_HZ * t
    swing = going * SWING_RAD * np.sin(phase)
    yaw = np.cumsum(smooth((labels == "turning").astype(float), 0.4)) * np.pi / (1.8 * RATE_HZ)
    turns = [orientation(*state) for state in zip(risen, swing, yaw, strict=True)]
    up = np.array([turn.T @ [0, 0, 1] for turn in turns])
    # two steps a stride; getting up and sitting down push and catch the body
    lift = going * 2.4 * np.sin(2 * phase + 0.5) + 1.2 * going * np.sin(4 * phase)
    lift += RATE_HZ**2 * 0.3 * np.gradient(np.gradient(smooth(risen, 0.3)))
    jolt = np.outer(going * np.cos(phase), [0.3, 1.2, 1.0])
    acceleration = (GRAVITY + lift)[:, np.newaxis] * up + jolt
    return np.column_stack([acceleration, rates(turns)])


def posture(labels: np.ndarray) -> np.ndarray:
    """From 0, seated, to 1, upright; smoothly over standing up and sitting down."""
    upright = np.isin(labels, ["walking", "turning"]).astype(float)
    for name, start, end in (("standing_up", 0.0, 1.0), ("sitting_down", 1.0, 0.0)):
        part = labels == name
        share = np.linspace(0, 1, int(part.sum()))
        upright[part] = start + (end - start) * (share - np.sin(2 * np.pi * share) / (2 * np.pi))
    return upright


def orientation(risen: float, swing: float, yaw: float) -> np.ndarray:
    """The rotation from the watch's axes to the world's."""
    axis = np.cross(UP_SEATED, UP_HANGING)
    angle = risen * np.arccos(UP_SEATED @ UP_HANGING / np.linalg.norm(UP_SEATED) / np.linalg.norm(UP_HANGING))
    seated = rotation(np.cross(UP_SEATED, [0, 0, 1]), np.arccos(UP_SEATED[2] / np.linalg.norm(UP_SEATED)))
    return rotation([0, 0, 1], yaw) @ seated @ rotation(axis, -angle) @ rotation(SWING_AXIS, swing)


def rotation(axis: np.ndarray | list[int], angle: float) -> np.ndarray:
    """About an axis by an angle (Rodrigues)."""
    x, y, z = np.asarray(axis) / np.linalg.norm(axis)
    across = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * across + (1 - np.cos(angle)) * across @ across


def rates(turns: list[np.ndarray]) -> np.ndarray:
    """Rates of turn about the watch's axes, from one orientation to the next."""
    steps = [a.T @ b for a, b in zip(turns, [*turns[1:], turns[-1]], strict=True)]
    turned = [[m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]] for m in steps]
    return np.array(turned) / 2 * RATE_HZ


def smooth(x: np.ndarray, seconds: float) -> np.ndarray:
    """Averaged over so long, the ends held."""
    n = round(seconds * RATE_HZ)
    padded = np.pad(x, (n // 2, n - 1 - n // 2), mode="edge")
    return np.convolve(padded, np.full(n, 1 / n), mode="valid")


if __name__ == "__main__":
    main()
