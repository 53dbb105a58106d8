"""Sound inside a page."""

from base64 import b64encode
from io import BytesIO

import numpy as np

from speechlstm.page.markup import Html, tag

__all__ = ["player", "sound_uri"]


def sound_uri(samples: np.ndarray, sample_rate_hz: int) -> str:
    """A sound as an address that holds the sound itself, in FLAC of 16 bits, which all browsers play.

    Args:
        samples: Float ``[n]`` in -1..1; what lies beyond is clipped.
        sample_rate_hz: Samples per second.

    Returns:
        ``data:audio/flac;base64,...``, about 1 byte a sample of speech.
    """
    import soundfile

    file = BytesIO()
    clipped = np.clip(np.asarray(samples, np.float32), -1.0, 1.0)
    soundfile.write(file, clipped, sample_rate_hz, format="FLAC", subtype="PCM_16")
    return "data:audio/flac;base64," + b64encode(file.getvalue()).decode("ascii")


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
