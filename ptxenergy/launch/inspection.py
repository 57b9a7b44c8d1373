"""A launch, counted, and how it sits on one GPU: everything short of time and energy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ptxenergy.gpu.occupancy import Occupancy
from ptxenergy.launch.profile import LaunchProfile


@dataclass(frozen=True, slots=True)
class Inspection:
    """One kernel's launch on one GPU.

    `registers_source` is `liveness`, `ptxas` or `user`; `waves` is grid blocks over co-resident
    blocks; `unknown_opcodes` maps an opcode without a table entry to the PTX lines it is on.
    """

    file: str
    gpu: str
    profile: LaunchProfile
    registers_per_thread: int
    registers_source: str
    occupancy: Occupancy
    waves: float
    unknown_opcodes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
