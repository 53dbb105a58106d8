"""Seconds of one live step of an engine, as JSON; a program, since engines in one process share its cores.

python -m speechlstm.bench.engine_step MODEL ENGINE SECONDS
"""

import json
import sys

from speechlstm.bench.live_step import live_step
from speechlstm.bench.stopwatch import interleaved
from speechlstm.errors import MissingDependency, missing_extra
from speechlstm.recognizer import Recognizer

__all__ = ["main"]


def main(model: str, engine: str, measure_s: float) -> None:
    """Print ``{"step_s"}``, or ``{"missing": why}`` where the engine's library is not installed."""
    try:
        if engine == "keras":
            _set_one_thread()
        recognizer = Recognizer.load(model, engine=engine)
    except MissingDependency as error:
        print(json.dumps({"missing": str(error)}))
        return
    step = live_step(recognizer.engine, recognizer.network.setting)
    print(json.dumps({"step_s": interleaved([step], measure_s=measure_s)[0]}))


def _set_one_thread() -> None:
    try:
        import tensorflow as tf
    except ImportError as error:
        raise missing_extra(f"Keras needs TensorFlow ({error})", "train") from error
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
