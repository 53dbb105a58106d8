"""What forecasts are worth, beside those that need no network."""

from speechlstm.evaluation.forecasts.evaluate import ForecastRequest, evaluate_forecasts
from speechlstm.evaluation.forecasts.report import ForecastEvaluation

__all__ = ["ForecastEvaluation", "ForecastRequest", "evaluate_forecasts"]
