"""Checks a whole PTX file: its syntax, every opcode and every operand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from ptxenergy.errors import PtxEnergyError
from ptxenergy.program.opcodes import check_operands, describe
from ptxenergy.ptx import parse_text, read_input
from ptxenergy.ptx.syntax import Instruction, Module


class FileCheck(Struct, frozen=True):
    """What a check of one file found.

    `errors` are complete messages with their places; a file that cannot be read or parsed has
    one. `unknown_opcodes` maps an opcode without a table entry to the lines that it is on: no
    error, but nothing can be said of its operands.
    """

    file: str
    kernels: int = 0
    instructions: int = 0
    errors: tuple[str, ...] = ()
    unknown_opcodes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def check_file(path: str) -> FileCheck:
    """Check the file at `path` (`-` is standard input). What is wrong is returned, not raised."""
    try:
        module = read_module(path)
        instructions = tuple(_instructions(module))
    except PtxEnergyError as error:
        return FileCheck(file=path, errors=(str(error),))
    return FileCheck(
        file=path,
        kernels=len(module.kernels),
        instructions=len(instructions),
        errors=tuple(_operand_errors(instructions)),
        unknown_opcodes=_unknown(instructions),
    )


def read_module(path: str) -> Module:
    """The module in a file; `-` is standard input. Raises InputError or PtxSyntaxError."""
    return parse_text(*read_input(path))


def _instructions(module: Module) -> Iterator[Instruction]:
    for function in module.functions.values():
        yield from function.instructions


def _operand_errors(instructions: tuple[Instruction, ...]) -> Iterator[str]:
    for instruction in instructions:
        try:
            check_operands(instruction)
        except PtxEnergyError as error:
            yield str(error)


def _unknown(instructions: tuple[Instruction, ...]) -> dict[str, tuple[int, ...]]:
    lines: dict[str, list[int]] = {}
    for instruction in instructions:
        if not describe(instruction.opcode).known:
            lines.setdefault(instruction.opcode, []).append(instruction.location.line)
    return {opcode: tuple(found) for opcode, found in lines.items()}
