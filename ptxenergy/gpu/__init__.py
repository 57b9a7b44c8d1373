"""What a GPU is, and how many blocks fit on it."""

from __future__ import annotations

from ptxenergy.gpu.loading import available, load, read_gpu

__all__ = ["available", "load", "read_gpu"]
