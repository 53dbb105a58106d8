"""The way from a sensor's records to samples."""

from speechlstm.messages import Gap
from speechlstm.sources.problems import Problems
from speechlstm.sources.record_watch import RecordWatch
from speechlstm.sources.records import Records
from speechlstm.sources.regular import RegularSamples, split_at_gaps
from speechlstm.sources.samples import Samples
from speechlstm.sources.sensor import Sensor

__all__ = ["SensorStream"]


class SensorStream:
    """Records in, samples and gaps out; what is odd about their times and values is counted.

    Args:
        sensor: What the model wants.
        problems: Where to count.

    Attributes:
        start_us: The time of the first sample, in microseconds; None before there was one.
    """

    def __init__(self, sensor: Sensor, problems: Problems) -> None:
        self._stage = sensor.regular()
        self._state = self._stage.initial_state()
        self._watch = RecordWatch(sensor, problems)
        self._point, self._segment = -1, 0
        self.start_us: int | None = None

    def feed(self, records: Records) -> list[Samples | Gap]:
        """Take records; give samples ``[n, n_channels]``, and a gap wherever a new segment starts.

        A gap has 0 samples where the clock was set back: how long that took is not known.
        """
        samples, self._state = self._stage.step(records, self._state)
        self._watch.see(records, self._state.clock, len(samples.point))
        if self._state.clock.segment >= 0:
            self.start_us = self._state.clock.first
        return self._messages(samples)

    def finish(self) -> list[Samples | Gap]:
        """Give what is still owed; the stream is over."""
        self._watch.finish(self._state.clock)
        return self._messages(self._stage.flush(self._state))

    def _messages(self, samples: RegularSamples) -> list[Samples | Gap]:
        messages: list[Samples | Gap] = []
        for part in split_at_gaps(samples):
            first, segment = int(part.point[0]), int(part.segment[0])
            if segment != self._segment:
                messages.append(Gap(first - self._point - 1))
            messages.append(part.values)
            self._point, self._segment = int(part.point[-1]), segment
        return messages
