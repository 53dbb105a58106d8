"""Confidences that mean what they say, and an operating point: chosen, and measured on other speakers."""

from speechlstm.evaluation.calibration.calibrate import calibrate, decoder_of
from speechlstm.evaluation.calibration.report import CalibrationReport

__all__ = ["CalibrationReport", "calibrate", "decoder_of"]
