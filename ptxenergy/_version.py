"""The version of ptxenergy."""

__version__ = "0.1.0"
