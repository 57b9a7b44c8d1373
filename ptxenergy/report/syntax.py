"""What `parse` shows: the kernels of a file with their parameters, or how a check went."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from ptxenergy.program.check import FileCheck
from ptxenergy.ptx.names import short_name
from ptxenergy.ptx.syntax import Function, Module, Parameter
from ptxenergy.report.blocks import grid, indented
from ptxenergy.report.units import whole
from ptxenergy.report.words import printable, signature

_SHOWN_LINES = 8


def show_modules(modules: Sequence[Module]) -> RenderableType:
    """Each file's version and target, its kernels, and each kernel's parameters by index."""
    parts: list[RenderableType] = []
    for module in modules:
        major, minor = module.version
        header = f"{printable(module.file)}: PTX {major}.{minor} for {', '.join(module.target)}"
        parts += [Text(header, style="bold"), *map(_kernel, module.kernels)]
        if not module.kernels:
            parts.append(indented(Text("no kernel (.entry)")))
    return Group(*parts)


def show_checks(checks: Sequence[FileCheck]) -> RenderableType:
    """Unknown opcodes by name and line, then how many files, kernels and instructions are fine."""
    parts: list[RenderableType] = []
    for check in checks:
        for opcode, lines in check.unknown_opcodes.items():
            parts.append(
                Text(f"{printable(check.file)}: unknown opcode {opcode} on {_lines(lines)}")
            )
    failed = sum(bool(check.errors) for check in checks)
    unknown = sum(len(lines) for check in checks for lines in check.unknown_opcodes.values())
    kernels = sum(check.kernels for check in checks)
    instructions = sum(check.instructions for check in checks)
    summary = (
        f"{len(checks) - failed} ok, {failed} failed: {whole(kernels)} kernels, "
        f"{whole(instructions)} instructions, {whole(unknown)} of unknown opcode"
    )
    parts.append(Text(summary, style="bold red" if failed else "bold green"))
    return Group(*parts)


def _kernel(kernel: Function) -> RenderableType:
    count = len(kernel.instructions)
    title = Text.assemble((short_name(kernel.name), "bold"), f"  {whole(count)} instructions")
    for name, values in kernel.directives.items():
        title.append(f"  .{name} {' '.join(map(str, values))}", style="dim")
    rows: list[RenderableType] = [title]
    full = signature(kernel.name)
    if full is not None:
        rows.append(Text(full, style="dim"))
    table = grid("right", "left", "left")
    for index, parameter in enumerate(kernel.parameters):
        table.add_row(str(index), _type(parameter), Text(parameter.name, style="dim"))
    return indented(Group(*rows, indented(table)))


def _type(parameter: Parameter) -> str:
    array = f"[{parameter.size_bytes}]" if parameter.is_array else ""
    return f".{parameter.type}{array}{' pointer' if parameter.is_pointer else ''}"


def _lines(lines: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, lines[:_SHOWN_LINES]))
    rest = len(lines) - _SHOWN_LINES
    word = "line" if len(lines) == 1 else "lines"
    return f"{word} {shown}" + (f" and {rest} more" if rest > 0 else "")
