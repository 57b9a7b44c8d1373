"""Predicts the kernels that XLA compiled for a JAX program, at the grids that XLA gave them.

XLA_FLAGS=--xla_dump_to=dump python program.py
python energy.py dump h100
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from ptxenergy import Dim3, LaunchRequest, Options, PtxEnergyError
from ptxenergy.hooks.compiled import Compiled, predict_compiled
from ptxenergy.model.prediction import Prediction
from ptxenergy.ptx import parse_text
from ptxenergy.report.line import prediction_line

# A line of module_0001.jit_f.thunk_sequence.txt.
THUNK = re.compile(
    r"(?P<kernel>\w+) grid: \[(?P<grid>[\d, ]+)\] threads: \[(?P<block>[\d, ]+)\]"
    r"\s+shared_memory: (?P<shared>\d+) bytes"
)


def launches(folder: Path) -> dict[tuple[str, str], LaunchRequest]:
    """The launches that XLA wrote down, by module and kernel."""
    found = {}
    for path in folder.glob("*.thunk_sequence.txt"):
        for thunk in THUNK.finditer(path.read_text(encoding="utf-8")):
            grid, block = (Dim3(*map(int, thunk[name].split(","))) for name in ("grid", "block"))
            request = LaunchRequest(block=block, grid=grid, shared_bytes=int(thunk["shared"]))
            found[module_of(path), thunk["kernel"]] = request
    return found


def module_of(path: Path) -> str:
    """`module_0001`, which starts the names of all files of a module."""
    return path.name.split(".")[0]


def predictions(folder: Path, gpu: str) -> Iterator[Prediction]:
    """Each kernel of a dump; one that XLA wrote no launch for is predicted at an assumed one."""
    known = launches(folder)
    for path in sorted(folder.glob("*.ptx")):
        text = path.read_bytes()
        # XLA leaves empty files where a module has no kernels of a kind.
        for kernel in parse_text(text, str(path)).kernel_names if text.strip() else ():
            request = known.get((module_of(path), kernel), LaunchRequest())
            compiled = Compiled(text, str(path), kernel, request)
            try:
                yield from predict_compiled(compiled, Options(gpu=gpu))
            except PtxEnergyError as error:
                sys.stderr.write(f"{kernel}: {error}\n")


def main() -> None:
    """Print one line a kernel, and the sum: what one run of the program's kernels takes."""
    folder, gpu = Path(sys.argv[1]), sys.argv[2]
    total = 0.0
    for found in predictions(folder, gpu):
        total += found.energy_j.value
        sys.stdout.write(f"{prediction_line(found)}\n")
    sys.stdout.write(f"{total:.4g} J for one launch of each\n")


if __name__ == "__main__":
    main()
