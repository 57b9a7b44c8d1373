"""Counts a launch: exactly and at once where that is possible, else block by block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ptxenergy.launch.closed.code import UnsupportedError
from ptxenergy.launch.closed.evaluate import Run, run_closed
from ptxenergy.launch.limits import WorkLimits
from ptxenergy.launch.profile import LaunchProfile
from ptxenergy.launch.request import Launch, Pins
from ptxenergy.ptx.syntax import Function, Module

_FEW_WARPS: Final = 1024


def evaluate(
    module: Module,
    kernel: Function,
    launch: Launch,
    pins: Pins,
    limits: WorkLimits | None = None,
    wave_blocks: int | None = None,
    note: Callable[[Run | None], None] | None = None,
) -> LaunchProfile:
    """The counts of a launch, assuming nothing of memory contents.

    The exact evaluation counts a launch of any size; where data decides, lanes draw. Where it
    cannot, and for small launches that it does not count exactly, the reference evaluation, which
    follows values through memory, runs blocks lane by lane: all, or a sample (flag `sampled`).
    `note` is given the run of the exact evaluation before it is counted, and None where there is
    none or it cannot be counted; what it raises ends the evaluation.
    Raises EvaluationError where the program is malformed.
    """
    limits = limits or WorkLimits()
    try:
        run = run_closed(module, kernel, launch, pins, wave_blocks, limits.exact)
        if note is not None:
            note(run)
        found = run.profile()
    except UnsupportedError:
        if note is not None:
            note(None)
        return _by_block(module, kernel, launch, pins, limits.blocks, wave_blocks)
    is_small = launch.grid.volume * launch.warps_per_block <= _FEW_WARPS
    if found.exact.all or not is_small:
        return found
    followed = _by_block(module, kernel, launch, pins, limits.blocks, wave_blocks)
    return followed if followed.exact.all else found


def _by_block(
    module: Module,
    kernel: Function,
    launch: Launch,
    pins: Pins,
    work: float,
    wave_blocks: int | None,
) -> LaunchProfile:
    # Most launches do without, and it is a third of what a prediction would import.
    from ptxenergy.launch.reference import evaluate_sampled

    return evaluate_sampled(module, kernel, launch, pins, work, wave_blocks=wave_blocks)
