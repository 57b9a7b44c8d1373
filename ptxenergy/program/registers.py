"""Registers per thread: estimated from liveness, or asked of NVIDIA's assembler.

The estimate is a line through what `ptxas -O3 -v` (CUDA 13.0) reports of the project's corpus,
over four numbers: the largest live weight of the PTX as written, the same after folding what
takes no machine register, the logarithm of the length, and what one block loads from shared
memory, as the assembler moves such loads ahead. `benchmarks/registers.py` measures the errors,
docs/registers.md has them.
"""

from __future__ import annotations

from math import log, prod

from msgspec import Struct

from ptxenergy.program.flow import control_flow
from ptxenergy.program.folding import folded
from ptxenergy.program.liveness import effects, pressures
from ptxenergy.program.ptxas import registers_by_ptxas
from ptxenergy.program.shared import reachable
from ptxenergy.ptx.syntax import Function, Immediate, Module

__all__ = ["Pressure", "pressure", "registers_by_ptxas", "registers_per_thread"]

_WEIGHTS = {"pred": 0, "b64": 2, "u64": 2, "s64": 2, "f64": 2, "b128": 4}

# Least absolute deviations over the corpus kernels for sm_75 and later, debug builds left out.
_CONSTANT = -0.7
_PER_PRESSURE = 0.16
_PER_FOLDED_PRESSURE = 0.62
_PER_LOG_LENGTH = 2.6
_PER_SHARED_WORD = 0.13
_SHARED_WORDS_MAX = 32
_FOR_CALLS = 10

_REGISTER_FILE = 65536
_MOST = 255
_LEAST = 8
_LEAST_WITH_CALLS = 24
_ALLOCATION_UNIT = 8
_WARP = 32


def registers_per_thread(function: Function, module: Module) -> int:
    """The estimated 32-bit registers per thread of a kernel, its callees included (8 to 255).

    `.maxnreg`, and the limit that `.maxntid`, `.reqntid` and `.minnctapersm` imply, are applied
    (PTX ISA 11.4); so is `setmaxnreg`, for which the assembler provides from the start.
    """
    functions = reachable(module, function)
    estimate = max(_estimate(each) for each in functions)
    if len(functions) > 1 or _has_call(function):
        estimate = max(_LEAST_WITH_CALLS, estimate + _FOR_CALLS)
    asked = max((_set_registers(each) for each in functions), default=0)
    bounded = min(max(_LEAST, round(estimate), asked), _limit(function))
    return max(_LEAST, bounded)


class Pressure(Struct, frozen=True):
    """What drives the registers of one function, in 32-bit registers.

    `written`: the largest weight of what is live in the PTX; 64-bit values weigh two, predicates
    nothing. `folded`: the same without what needs no machine register. `shared_loads`: the most
    that one basic block loads from shared memory.
    """

    written: int
    folded: int
    shared_loads: int


def pressure(function: Function) -> Pressure:
    """The register pressure of one function, without what it calls."""
    known = effects(function)
    flow = control_flow(function)
    weights = [_WEIGHTS.get(register.type, 1) for register in known.registers]
    loads = [
        index
        for index, instruction in enumerate(function.instructions)
        if instruction.opcode.startswith(("ld.shared", "ldmatrix"))
    ]
    loaded = [0] * len(flow.blocks)
    for index in loads:
        loaded[flow.block_of[index]] += sum(weights[number] for number in known.writes[index])
    return Pressure(
        max(pressures(flow, known, weights), default=0),
        max(pressures(flow, folded(function, known), weights), default=0),
        max(loaded, default=0),
    )


def _estimate(function: Function) -> float:
    if not function.instructions:
        return 0
    found = pressure(function)
    return (
        _CONSTANT
        + _PER_PRESSURE * found.written
        + _PER_FOLDED_PRESSURE * found.folded
        + _PER_LOG_LENGTH * log(len(function.instructions))
        + _PER_SHARED_WORD * min(found.shared_loads, _SHARED_WORDS_MAX)
    )


def _has_call(function: Function) -> bool:
    return any(instruction.opcode.startswith("call") for instruction in function.instructions)


def _limit(function: Function) -> int:
    """What the performance directives leave to a thread."""
    limits = [_MOST]
    limits += function.directives.get("maxnreg", ())
    threads = prod(function.directives.get("reqntid") or function.directives.get("maxntid") or ())
    if threads > 1:
        blocks = max((1, *function.directives.get("minnctapersm", ())))
        warps = -(-threads // _WARP)
        share = _REGISTER_FILE // (warps * _WARP * blocks)
        limits.append(share // _ALLOCATION_UNIT * _ALLOCATION_UNIT)
    return min(limits)


def _set_registers(function: Function) -> int:
    """The most registers that a `setmaxnreg` asks for; 0 without one."""
    return max(
        (
            int(operand.value)
            for instruction in function.instructions
            if instruction.opcode.startswith("setmaxnreg")
            for operand in instruction.operands
            if isinstance(operand, Immediate)
        ),
        default=0,
    )
