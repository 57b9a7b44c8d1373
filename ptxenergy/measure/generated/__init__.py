"""Micro-benchmarks from one template: units (a pipe, a memory, a control) and mixes of them.

A unit says its CUDA text and the same in NumPy, so that every mix has its own check.
"""

from ptxenergy.measure.generated.kernel import GeneratedKernel
from ptxenergy.measure.generated.listing import single_units
from ptxenergy.measure.generated.mixes import mixes

__all__ = ["GeneratedKernel", "kernels"]


def kernels() -> tuple[GeneratedKernel, ...]:
    """Every generated kernel: the single units, then the seeded random mixes."""
    return (*single_units(), *mixes())
