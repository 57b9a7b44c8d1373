"""Asks NVIDIA's own assembler what it thinks of single instructions."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

AVAILABLE = shutil.which("ptxas") is not None

_ERROR = re.compile(r"line (\d+); (error|fatal)\s*: (.*)")
_REGISTERS = """\
.reg .pred %p<9>; .reg .b16 %h<9>; .reg .b32 %r<140>; .reg .b64 %rd<9>; .reg .b8 %b<9>;
.reg .b128 %q<9>; .shared .align 16 .b8 buffer[64]; .local .b64 stack[8];
"""
_VARIABLES = ".global .texref tx; .global .surfref sf; .const .b32 table[4];\n"


def module(lines: list[str], target: str) -> str:
    """A kernel of these instructions, one a line, with the registers they name."""
    return f"{_header(target)}{chr(10).join(lines)}\nhere: ret;\n}}\n"


def _header(target: str) -> str:
    return (
        f".version 9.0\n.target {target}\n.address_size 64\n{_VARIABLES}"
        f".visible .entry kernel() {{\n{_REGISTERS}"
    )


def verdicts(lines: list[str], target: str, folder: Path) -> dict[int, str]:
    """Index of each refused line → ptxas's reason. A fatal line is taken out and the rest retried.

    A complaint about the target architecture or PTX version is no refusal of the syntax.
    """
    refused: dict[int, str] = {}
    while True:
        errors, fatal = _assemble(lines, set(refused), target, folder)
        refused |= errors
        if fatal is None:
            return refused
        refused[fatal[0]] = fatal[1]


def _assemble(
    lines: list[str], skipped: set[int], target: str, folder: Path
) -> tuple[dict[int, str], tuple[int, str] | None]:
    source = folder / "lines.ptx"
    source.write_text(module(["" if i in skipped else s for i, s in enumerate(lines)], target))
    done = subprocess.run(
        ["ptxas", "-arch", target, "--compile-only", str(source), "-o", "/dev/null"],
        capture_output=True,
        text=True,
        check=False,
    )
    first = _header(target).count("\n") + 1
    errors: dict[int, str] = {}
    fatal: tuple[int, str] | None = None
    for line in (done.stdout + done.stderr).splitlines():
        found = _ERROR.search(line)
        if not found or not 0 <= int(found[1]) - first < len(lines):
            continue
        index, reason = int(found[1]) - first, found[3]
        if found[2] == "fatal":
            fatal = (index, reason)
        elif not re.search(r"requires|not supported on|PTX ISA|sm_", reason):
            errors[index] = reason
    if done.returncode < 0:
        raise RuntimeError(f"ptxas died of signal {-done.returncode}")
    return errors, fatal
