"""The generated micro-benchmarks: single units, and seeded random mixes of them."""

from ptxenergy.measure.kernels.generated import kernels

KERNELS = kernels()
