"""One live step in Keras and in ONNX Runtime, as JSON; a program, since TensorFlow keeps its threads.

python -m speechlstm.bench.keras_step MODEL SECONDS
"""

import json
import sys

from speechlstm.bench.live_step import live_step
from speechlstm.bench.stopwatch import interleaved
from speechlstm.errors import MissingDependency, missing_extra
from speechlstm.recognizer import Recognizer

__all__ = ["main"]


def main(model: str, measure_s: float) -> None:
    """Print ``{"keras_s", "onnx_s"}``, or ``{"missing": why}`` without TensorFlow."""
    try:
        _set_one_thread()
        keras = Recognizer.load(model, engine="keras")
    except MissingDependency as error:
        print(json.dumps({"missing": str(error)}))
        return
    onnx = Recognizer.load(model)
    functions = [live_step(one.engine, one.network.setting) for one in (keras, onnx)]
    keras_s, onnx_s = interleaved(functions, measure_s=measure_s)
    print(json.dumps({"keras_s": keras_s, "onnx_s": onnx_s}))


def _set_one_thread() -> None:
    try:
        import tensorflow as tf
    except ImportError as error:
        raise missing_extra(f"Keras needs TensorFlow ({error})", "train") from error
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
