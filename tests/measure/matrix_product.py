"""`mma.sync.m16n8k16` of 16-bit floats with values, which the reference interpreter only counts.

The places of elements in a warp's registers are those of PTX ISA 9.7.14.5.8.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

from ptxenergy.launch.reference import decode
from ptxenergy.launch.reference.code import Execute
from ptxenergy.launch.reference.compute import target_slots
from ptxenergy.launch.reference.lanes import ALL, WARP, Array, Mask
from ptxenergy.launch.reference.machine import Machine
from ptxenergy.launch.reference.operands import Operands
from ptxenergy.launch.reference.registers import Registers
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Instruction

KNOWN = r"mma\.sync\.aligned\.m16n8k16\.row\.col\.f32\.(f16\.f16|bf16\.bf16)\.f32"

_LANE = np.arange(WARP)
_GROUP, _MEMBER = _LANE // 4, _LANE % 4


def give_values(patch: pytest.MonkeyPatch) -> None:
    """Let the interpreter follow the values of the products that are known here."""
    patch.setattr(decode, "_BUILDERS", {**decode._BUILDERS, "mma": _product})


def _product(operands: Operands, instruction: Instruction, opcode: Opcode) -> Execute:
    if not re.fullmatch(KNOWN, instruction.opcode):
        raise NotImplementedError(instruction.opcode)
    left, right, added = instruction.operands[1:4]
    a_slots, b_slots = operands.elements(left, "b32"), operands.elements(right, "b32")
    c_slots, targets = operands.elements(added, "f32"), target_slots(operands, instruction, opcode)
    is_brain = "bf16" in instruction.opcode

    def execute(machine: Machine, registers: Registers, mask: Mask) -> None:
        values, warps = registers.values, machine.lanes // WARP
        a, b, c = np.zeros((warps, 16, 16)), np.zeros((warps, 16, 8)), np.zeros((warps, 16, 8))
        for number, slot in enumerate(a_slots):
            row, k = _GROUP + 8 * (number % 2), 2 * _MEMBER + 8 * (number // 2)
            a[:, row, k], a[:, row, k + 1] = _halves(values[slot], is_brain)
        for number, slot in enumerate(b_slots):
            k = 2 * _MEMBER + 8 * number
            b[:, k, _GROUP], b[:, k + 1, _GROUP] = _halves(values[slot], is_brain)
        places = [(_GROUP + 8 * (n // 2), 2 * _MEMBER + n % 2) for n in range(4)]
        for slot, (row, column) in zip(c_slots, places, strict=True):
            c[:, row, column] = values[slot].view(np.float32).reshape(warps, WARP)
        total = (a @ b + c).astype(np.float32).view(np.uint32)
        for target, (row, column) in zip(targets, places, strict=True):
            if target is not None:
                registers.write(target, total[:, row, column].ravel(), ALL, mask)

    return execute


def _halves(words: Array, is_brain: bool) -> tuple[Array, Array]:
    """The lower and the upper 16-bit float of each word, a row a warp."""
    pairs = np.ascontiguousarray(words.astype(np.uint32)).view(np.uint16).reshape(-1, WARP, 2)
    if is_brain:
        wide = (pairs.astype(np.uint32) << 16).view(np.float32)
    else:
        wide = pairs.view(np.float16).astype(np.float32)
    return wide[..., 0], wide[..., 1]
