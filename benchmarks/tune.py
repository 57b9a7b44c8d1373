"""How long `tune` takes for a two-dimensional stencil, parsing included.

    python benchmarks/tune.py [--shapes 200] [--runs 3] [--extent 4096] [--jobs 1]

Times are CPU seconds of all processes, and the same on a normal core (`tests/pace.py`, which also
says how many times slower this machine is at the moment); with several processes they are shared
out between cores. The stencil is the corpus's
`speckle_coefficient`; shapes are spread evenly over all of whole warps along two axes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from ptxenergy.gpu import load
from ptxenergy.launch.parse import parse_argument
from ptxenergy.launch.request import Dim3, LaunchRequest
from ptxenergy.pipeline import Options
from ptxenergy.tune.result import Tuning
from ptxenergy.tune.search import OneText, Search, tune
from ptxenergy.tune.shapes import shapes
from tests.pace import slowness

_ROOT = Path(__file__).resolve().parent.parent
_FILE = _ROOT / "tests" / "corpus" / "ptx" / "nvcc-13.0" / "sm_90" / "heat_and_speckle.ptx"
_KERNEL = "speckle_coefficient"


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--shapes", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--extent", type=int, default=4096)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args(arguments)
    asked = spread(options.shapes)
    print(f"{_KERNEL}, {options.extent}x{options.extent}, {len(asked)} shapes")
    seconds: list[float] = []
    for run in range(options.runs):
        pace = slowness()
        before, began = _cpu_seconds(), time.perf_counter()
        found = tuned(asked, options.extent, options.jobs)
        spent, waited = _cpu_seconds() - before, time.perf_counter() - began
        pace = (pace + slowness()) / 2
        seconds.append(spent / pace)
        print(
            f"  run {run + 1}: {spent:.2f} s here ({waited:.2f} s by the clock), {pace:.1f} times "
            f"slower than a normal core: {spent / pace:.2f} s there; {len(found.verified)} "
            f"verified, {len(found.excluded)} left out"
        )
    print(f"  median on a normal core: {statistics.median(seconds):.2f} s")


def spread(count: int) -> tuple[Dim3, ...]:
    """So many shapes, evenly over all of whole warps along x and y."""
    every = shapes(load(Options().gpu), "xy", every=True)
    count = min(count, len(every))
    return tuple(every[place * len(every) // count] for place in range(count))


def _cpu_seconds() -> float:
    """Of this process and of those that it began and that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def tuned(asked: tuple[Dim3, ...], extent: int, processes: int = 1) -> Tuning:
    """Search the shapes for a square plane of this extent."""
    words = (f"3={extent}", f"4={extent}", "5=0.5")
    request = LaunchRequest(
        threads=Dim3(extent, extent), arguments=tuple(map(parse_argument, words))
    )
    text = OneText(_FILE.read_bytes(), _FILE.name)
    options = Options(kernel=_KERNEL, request=request)
    return tune(text, options, Search(asked), processes=processes)


if __name__ == "__main__":
    main()
