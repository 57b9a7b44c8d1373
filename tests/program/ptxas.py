"""Asks NVIDIA's own assembler what it thinks of single instructions."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

AVAILABLE = shutil.which("ptxas") is not None

_ERROR = re.compile(r"line (\d+); (error|fatal)\s*: (.*)")
_REGISTERS = """\
.reg .pred %p<9>; .reg .b16 %h<9>; .reg .b32 %r<140>; .reg .b64 %rd<9>; .reg .b128 %q<9>;
.shared .align 16 .b8 buffer[64]; .global .texref tx; .global .surfref sf; .local .b64 stack[8];
"""


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
    header = (
        f".version 9.0\n.target {target}\n.address_size 64\n"
        f".func noop() {{ ret; }}\n.visible .entry kernel() {{\n{_REGISTERS}"
    )
    first = header.count("\n") + 1
    body = "\n".join("" if i in skipped else line for i, line in enumerate(lines))
    source.write_text(f"{header}{body}\nhere: ret;\n}}\n")
    done = subprocess.run(
        ["ptxas", "-arch", target, "--compile-only", str(source), "-o", "/dev/null"],
        capture_output=True,
        text=True,
        check=False,
    )
    errors: dict[int, str] = {}
    fatal: tuple[int, str] | None = None
    for line in (done.stdout + done.stderr).splitlines():
        found = _ERROR.search(line)
        if not found:
            continue
        index, reason = int(found[1]) - first, found[3]
        if not 0 <= index < len(lines):
            continue
        if found[2] == "fatal":
            fatal = (index, reason)
        elif not re.search(r"requires|not supported on|PTX ISA|sm_", reason):
            errors[index] = reason
    return errors, fatal
