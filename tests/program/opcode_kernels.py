"""One-line instructions, kept in `opcode_lines/`, as kernels for the parser and for ptxas."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ptxenergy.ptx import parse_text
from ptxenergy.ptx.syntax import Instruction
from tests.program.ptxas import module

_FOLDER = Path(__file__).parent / "opcode_lines"
TARGETS = ("sm_75", "sm_90a", "sm_100a", "sm_120a")


@cache
def lines(name: str) -> list[str]:
    """The instructions of one list: a target's valid ones, or `wrong`."""
    return (_FOLDER / f"{name}.txt").read_text().splitlines()


def instruction(line: str) -> Instruction:
    """The one instruction of this line, parsed in a kernel that declares what it names."""
    parsed = parse_text(module([line], "sm_100a"), "line.ptx")
    return parsed.kernels[0].instructions[0]
