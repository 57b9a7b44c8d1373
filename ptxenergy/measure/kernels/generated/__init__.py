"""Micro-benchmarks from one template: units (a pipe, a memory, a control) and mixes of them.

A unit says its CUDA text and the same in NumPy, so that every mix has its own check.
"""

from ptxenergy.measure.kernels.generated.kernel import GeneratedKernel
from ptxenergy.measure.kernels.generated.listing import single_units
from ptxenergy.measure.kernels.generated.mixes import mixes

__all__ = ["GeneratedKernel", "kernels"]


def kernels() -> tuple[GeneratedKernel, ...]:
    """Every generated kernel: the single units, then the seeded random mixes."""
    return (*single_units(), *mixes())
