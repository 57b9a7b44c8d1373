"""Measures how many machine instructions one PTX instruction becomes.

For each opcode two kernels are assembled that differ only in the number of copies (1 and 17).
Every copy loads its own operands (each lane its own) and stores its own result, so that nothing
merges; the slope of
the instruction count, less those loads and stores, is the weight. A subroutine that the copies
share (64-bit division, the slow paths of precise floating point) is shown apart: it is executed
only for some operands. Needs `ptxas` and `cuobjdump` (in the CUDA toolkit; Triton's wheel has it).

    python -m benchmarks.expansion [--arch sm_90] [--cuobjdump PATH] [--only div]

Prints lines for `ptxenergy/program/opcodes/expansion.py`.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.expansion_cases import CASES

COPIES = 17
_LETTER = {"b16": "h", "b32": "r", "b64": "rd"}
_INSTRUCTION = re.compile(r"/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+ )?\s*([A-Z][A-Z0-9_.]*)")


@dataclass(frozen=True, slots=True)
class Case:
    """One opcode with the register classes of its operands; `text` uses {d}, {a}, {b}, {c}."""

    opcode: str
    operands: str
    result: str
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Weight:
    """Machine instructions: `each` copy, and once in a shared `subroutine`."""

    each: float
    subroutine: int


def parse_case(line: str) -> Case:
    """`div.u32 | r r r | {d}, {a}, {b}` → a case; `p` is a predicate, `-` no result."""
    opcode, classes, operands = (part.strip() for part in line.split("|", 2))
    result, *inputs = classes.split()
    return Case(opcode, operands, result, tuple(inputs))


def kernel(case: Case, copies: int, arch: str) -> str:
    """A module with `copies` of the instruction, each on operands of its own."""
    lines = [
        ".version 8.6",
        f".target {arch}",
        ".address_size 64",
        ".visible .entry k(.param .u64 pin, .param .u64 pout) {",
        ".reg .pred %p<199>; .reg .b16 %h<199>; .reg .b32 %r<199>; .reg .b64 %rd<199>;",
        ".reg .b64 %in, %out; .shared .align 16 .b8 buffer[1024];",
        ".reg .b32 %t; mov.u32 %t, %tid.x;",
        "ld.param.u64 %in, [pin]; ld.param.u64 %out, [pout];",
        "mad.wide.u32 %in, %t, 2048, %in; mad.wide.u32 %out, %t, 2048, %out;",
    ]
    for copy in range(copies):
        lines += _copy(case, copy)
    return "\n".join([*lines, "ret; }", ""])


def _copy(case: Case, copy: int) -> list[str]:
    names = {}
    lines = []
    for place, letter in enumerate(case.inputs):
        name = f"%{letter}{copy * 6 + place + 1}"
        names["abcd"[place] if place < 3 else "e"] = name
        lines.append(_move("ld.volatile.global", letter, name, f"[%in+{copy * 64 + place * 8}]"))
    names["a"] = names.get("a", "")
    names["d"] = f"%{case.result}{copy * 6 + 5}"
    names["out"] = f"%out+{copy * 64}"
    lines.append(f"{case.opcode} {case.operands.format_map(names)};")
    if case.result == "p":
        lines.append(f"selp.u32 %r{copy * 6 + 6}, 1, 0, {names['d']};")
        lines.append(f"st.volatile.global.b32 [%out+{copy * 64}], %r{copy * 6 + 6};")
    elif case.result != "-":
        lines.append(_store(case.result, names["d"], copy))
    return lines


def _move(opcode: str, letter: str, name: str, address: str) -> str:
    bits = {"h": "b16", "r": "b32", "rd": "b64"}[letter]
    return f"{opcode}.{bits} {name}, {address};"


def _store(letter: str, name: str, copy: int) -> str:
    bits = {"h": "b16", "r": "b32", "rd": "b64"}[letter]
    return f"st.volatile.global.{bits} [%out+{copy * 64}], {name};"


def measure(case: Case, arch: str, cuobjdump: str) -> Weight:
    """Assemble both kernels and take the slope. Raises CalledProcessError if ptxas refuses."""
    one, many = (count(kernel(case, n, arch), arch, cuobjdump) for n in (1, COPIES))
    overhead = len(case.inputs) + (case.result != "-") + (case.result == "p")
    each = (many[0] - one[0]) / (COPIES - 1) - overhead
    return Weight(round(each, 2), many[1])


def count(source: str, arch: str, cuobjdump: str) -> tuple[int, int]:
    """Instructions before the end of the body, and after it (subroutines), without padding."""
    with tempfile.TemporaryDirectory() as folder:
        ptx, cubin = Path(folder, "k.ptx"), Path(folder, "k.cubin")
        ptx.write_text(source)
        subprocess.run(
            ["ptxas", "-arch", arch, str(ptx), "-o", str(cubin)], check=True, capture_output=True
        )
        listing = subprocess.run(
            [cuobjdump, "-sass", str(cubin)], check=True, capture_output=True, text=True
        ).stdout
    names = [name for name in _INSTRUCTION.findall(listing) if name != "NOP"]
    end = max((i for i, name in enumerate(names) if name == "EXIT"), default=len(names) - 1)
    if names and names[-1] == "BRA":
        names.pop()
    return end + 1, max(0, len(names) - end - 1)


def main() -> int:
    """Measure every case and print it as a line of the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--arch", default="sm_90")
    parser.add_argument("--cuobjdump", default="cuobjdump")
    parser.add_argument("--only", default="", help="cases whose opcode starts with this")
    options = parser.parse_args()
    for line in CASES.strip().splitlines():
        case = parse_case(line)
        if not case.opcode.startswith(options.only):
            continue
        try:
            weight = measure(case, options.arch, options.cuobjdump)
        except subprocess.CalledProcessError as error:
            reason = (error.stderr or b"").decode(errors="replace").strip().splitlines()[:1]
            print(f"{case.opcode}: {reason}", file=sys.stderr)
            continue
        print(f"{case.opcode:40} {weight.each:7.2f} {weight.subroutine:5d}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
