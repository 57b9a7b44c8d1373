"""Two versions of eight kernels, by nvcc, each made worse in one way; compared once for all."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ptxenergy.compare.compare import compare
from ptxenergy.compare.difference import Comparison, Difference, Threshold
from ptxenergy.pipeline import Options
from ptxenergy.settings import Settings, read_settings

PTX = Path(__file__).parent / "ptx"
LAUNCHES = PTX / "launches.toml"
TARGETS = ("sm_80", "sm_90")
GPU = {"sm_80": "a100", "sm_90": "h200"}


def path(version: str, target: str = "sm_90") -> Path:
    """The PTX of the `old` or the `new` version."""
    return PTX / f"{version}_{target}.ptx"


def text(version: str, target: str = "sm_90") -> tuple[bytes, str]:
    """The same with the name that reports call it."""
    found = path(version, target)
    return found.read_bytes(), found.name


@cache
def launches() -> Settings:
    """The launch of each kernel, given in full."""
    return read_settings(LAUNCHES)


@cache
def compared(target: str = "sm_90", growth: float | None = 0.05) -> Comparison:
    """All kernels of both versions at those launches."""
    return compare(
        (text("old", target), text("new", target)),
        Options(gpu=GPU[target]),
        Threshold(growth),
        launches(),
    )


def difference(kernel: str, target: str = "sm_90") -> Difference:
    """Of one kernel by its short name."""
    (found,) = (one for one in compared(target).differences if one.name == kernel)
    return found
