"""Forecasts: the quantiles of the frames to come."""
