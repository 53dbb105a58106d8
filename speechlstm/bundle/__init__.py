"""A model folder: everything that running needs, as data; saved, loaded, verified, found by name."""

from speechlstm.bundle.bundle import Bundle, record, save
from speechlstm.bundle.config import LATENCIES, BundleConfig
from speechlstm.bundle.places import available, find

__all__ = ["LATENCIES", "Bundle", "BundleConfig", "available", "find", "record", "save"]
