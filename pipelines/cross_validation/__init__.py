"""The parts of ``pipelines/cross_validate.py``."""
