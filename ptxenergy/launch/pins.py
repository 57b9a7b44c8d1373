"""Holds the user's pins against the file: a pin on a line that decides nothing is a mistake."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from ptxenergy.errors import LaunchError
from ptxenergy.launch.request import Pins
from ptxenergy.program.opcodes import describe
from ptxenergy.ptx.syntax import Instruction, Module

_SHOWN_LINES = 6
_BRANCH_ROOTS = frozenset({"bra", "brx"})


def check_pins(module: Module, pins: Pins) -> None:
    """Hold every pinned line to what stands on it.

    A trip needs a branch; a probability a branch, a guard or a call; an access an instruction
    that reaches memory. Raises LaunchError, with the nearest lines that would do, and for a tensor
    map where no tensor is copied.
    """
    if pins.tensor_maps and not _lines(module, _copies_a_tensor):
        target = next(iter(pins.tensor_maps))
        raise LaunchError(f"--tensor-map {target}=…: the file copies no tensor")
    for option, pinned, fits, what in (
        ("--trip", pins.trips, _branches, "a branch"),
        ("--branch", pins.branches, _decides, "a branch, a guard or a call"),
        ("--access", pins.accesses, _reaches_memory, "a memory access"),
    ):
        if pinned:
            _check(option, pinned, _lines(module, fits), what)


def _check(option: str, pinned: Mapping[int, object], fitting: Collection[int], what: str) -> None:
    for line in pinned:
        if line in fitting:
            continue
        if not fitting:
            raise LaunchError(f"{option} {line}=…: the file has no line with {what}")
        nearest = sorted(sorted(fitting, key=lambda other: abs(other - line))[:_SHOWN_LINES])
        shown = ", ".join(map(str, nearest))
        raise LaunchError(f"{option} {line}=…: that line has not {what}; near it have: {shown}")


def _lines(module: Module, fits: Callable[[Instruction], bool]) -> frozenset[int]:
    return frozenset(
        instruction.location.line
        for function in module.functions.values()
        for instruction in function.instructions
        if fits(instruction)
    )


def _branches(instruction: Instruction) -> bool:
    return instruction.opcode.split(".", 1)[0] in _BRANCH_ROOTS


def _decides(instruction: Instruction) -> bool:
    root = instruction.opcode.split(".", 1)[0]
    return instruction.guard is not None or root == "call" or _branches(instruction)


def _reaches_memory(instruction: Instruction) -> bool:
    return bool(describe(instruction.opcode).accesses)


def _copies_a_tensor(instruction: Instruction) -> bool:
    opcode = describe(instruction.opcode)
    return bool(opcode.accesses) and {"bulk", "tensor"} <= set(opcode.modifiers)
