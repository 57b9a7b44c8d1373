"""The whole way from a PTX file and a launch request to results; everything else is a stage."""

from __future__ import annotations

from dataclasses import dataclass, field

from ptxenergy.launch.inspection import Inspection
from ptxenergy.launch.request import LaunchRequest
from ptxenergy.model.prediction import Prediction


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked of every chosen kernel of a file.

    `kernel`: a mangled or demangled name or a unique part of one; `None` means every entry.
    `registers`: a number, `"ptxas"`, or `None` for the estimate by liveness. `strict`: any
    assumption is an error.
    """

    gpu: str = "h200"
    kernel: str | None = None
    request: LaunchRequest = field(default_factory=LaunchRequest)
    registers: int | str | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """A kernel of the file that could not be done, and why."""

    kernel: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Inspections:
    """What `inspect` gives: one Inspection a kernel, and the kernels that could not be done."""

    results: tuple[Inspection, ...]
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Predictions:
    """What `predict` gives: one Prediction a kernel, and the kernels that could not be done."""

    results: tuple[Prediction, ...]
    skipped: tuple[Skipped, ...] = ()
