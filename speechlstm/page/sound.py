"""Sound inside a page."""

from base64 import b64encode
from io import BytesIO

import numpy as np

from speechlstm.page.markup import Html, tag

__all__ = ["player", "sound_uri"]


def sound_uri(samples: np.ndarray, sample_rate_hz: int) -> str:
    """A sound as an address that holds the sound itself, in WAV of 16 bits, which all browsers play.

    FLAC would take half the room, but Chromium cannot find a place in a short one of loud noise, and plays no
    more then.

    Args:
        samples: Float ``[n]`` in -1..1; what lies beyond is clipped.
        sample_rate_hz: Samples per second.

    Returns:
        ``data:audio/wav;base64,...``, 2.7 bytes a sample.
    """
    import soundfile

    file = BytesIO()
    clipped = np.clip(np.asarray(samples, np.float32), -1.0, 1.0)
    soundfile.write(file, clipped, sample_rate_hz, format="WAV", subtype="PCM_16")
    return "data:audio/wav;base64," + b64encode(file.getvalue()).decode("ascii")


def player(samples: np.ndarray, sample_rate_hz: int, *, title: str) -> Html:
    """What plays a sound.

    Args:
        samples: As for :func:`sound_uri`.
        sample_rate_hz: Samples per second.
        title: What it is, for who cannot see.
    """
    return tag(
        "audio", src=sound_uri(samples, sample_rate_hz), controls=True, preload="metadata", aria_label=title
    )
