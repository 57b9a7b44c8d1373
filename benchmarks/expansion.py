"""Measures how many machine instructions one PTX instruction becomes.

For each opcode two kernels are assembled that differ only in the number of copies (1 and 17).
Every copy loads its own operands (each lane its own) and stores its own result, so that nothing
merges; the slope of the number of instructions executed, less those loads and stores, is the
weight. What is executed is the shortest way through the code: see `machine_code`.
Needs `ptxas` and `cuobjdump` (in the CUDA toolkit; Triton's wheel has it).

    python -m benchmarks.expansion [--arch sm_90] [--cuobjdump PATH] [--only div]

The printed lines are kept in `benchmarks/results/expansion_sm_90.txt`, and a test holds the weights
of `ptxenergy/program/opcodes/expansion.py` against them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine_code import executed, read_listing

COPIES = 17
# The instructions whose expansion is measured: opcode | result and input classes | operands.
CASES = Path(__file__).with_name("expansion_cases.txt")
_BITS = {"h": "b16", "r": "b32", "rd": "b64"}


@dataclass(frozen=True, slots=True)
class Case:
    """One opcode with the register classes of its operands; `text` uses {d}, {a}, {b}, {c}."""

    opcode: str
    operands: str
    result: str
    inputs: tuple[str, ...]


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
        names["abce"[place]] = name
        address = f"[%in+{copy * 64 + place * 8}]"
        lines.append(f"ld.volatile.global.{_BITS[letter]} {name}, {address};")
    result = names["d"] = f"%{case.result}{copy * 6 + 5}"
    lines.append(f"{case.opcode} {case.operands.format_map(names)};")
    if case.result == "p":
        lines.append(f"selp.u32 %r{copy * 6 + 6}, 1, 0, {result};")
        lines.append(f"st.volatile.global.b32 [%out+{copy * 64}], %r{copy * 6 + 6};")
    elif case.result != "-":
        store = f"st.volatile.global.{_BITS[case.result]}"
        lines.append(f"{store} [%out+{copy * 64}], {result};")
    return lines


def measure(case: Case, arch: str, cuobjdump: str) -> float:
    """Assemble both kernels and take the slope. Raises CalledProcessError if ptxas refuses."""
    one, many = (count(kernel(case, n, arch), arch, cuobjdump) for n in (1, COPIES))
    overhead = len(case.inputs) + (case.result != "-") + (case.result == "p")
    return round((many - one) / (COPIES - 1) - overhead, 2)


def count(source: str, arch: str, cuobjdump: str) -> int:
    """Machine instructions executed by one lane of this kernel."""
    with tempfile.TemporaryDirectory() as folder:
        ptx, cubin = Path(folder, "k.ptx"), Path(folder, "k.cubin")
        ptx.write_text(source)
        subprocess.run(
            ["ptxas", "-arch", arch, str(ptx), "-o", str(cubin)], check=True, capture_output=True
        )
        listing = subprocess.run(
            [cuobjdump, "-sass", str(cubin)], check=True, capture_output=True, text=True
        ).stdout
    return executed(read_listing(listing))


def main() -> int:
    """Measure every case and print it as a line of the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--arch", default="sm_90")
    parser.add_argument("--cuobjdump", default="cuobjdump")
    parser.add_argument("--only", default="", help="cases whose opcode starts with this")
    options = parser.parse_args()
    version = subprocess.run(["ptxas", "--version"], check=True, capture_output=True, text=True)
    print(f"# {options.arch}, {version.stdout.splitlines()[-1]}")
    for line in CASES.read_text(encoding="utf-8").splitlines():
        case = parse_case(line)
        if not case.opcode.startswith(options.only):
            continue
        try:
            weight = measure(case, options.arch, options.cuobjdump)
        except subprocess.CalledProcessError as error:
            reason = (error.stderr or b"").decode(errors="replace").strip().splitlines()[:1]
            print(f"{case.opcode}: {reason}", file=sys.stderr)
            continue
        print(f"{weight:6.2f}  {case.opcode}  {case.operands}".rstrip(), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
