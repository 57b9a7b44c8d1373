"""How long the exact evaluation takes, and how much of the corpus it counts exactly.

    python -m benchmarks.evaluation             # a few minutes
    python -m benchmarks.evaluation --reference # the reference evaluation beside it: longer

Every launch of the corpus at its full size: processor time of the first call for a kernel (with
slicing and decoding, without parsing) and of a call for another launch of the same kernel. A
NumPy addition of 256 numbers is timed beside them, because machines differ and are busy.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import replace

import numpy as np

from ptxenergy.launch.closed.code import UnsupportedError
from ptxenergy.launch.closed.evaluate import evaluate_closed
from ptxenergy.launch.profile import LaunchProfile
from ptxenergy.launch.reference import evaluate_sampled
from ptxenergy.launch.request import Dim3, Launch, Pins
from ptxenergy.ptx.syntax import Function, Module
from tests.corpus import corpus_launches
from tests.launch.test_reference_corpus import resolved


def main() -> None:
    """Print the figures."""
    times: dict[str, list[float]] = {"first call": [], "repeat, another grid": []}
    additions: list[float] = []
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    cases = corpus_launches()
    for case in cases:
        module, kernel, launch = resolved(case)
        additions.append(_addition())
        seconds, found = _timed(module, kernel, launch)
        if isinstance(found, str):
            reasons[found] += 1
        else:
            times["first call"].append(seconds)
            grid = Dim3(launch.grid.x, launch.grid.y, launch.grid.z + 1)
            again, _ = _timed(module, kernel, replace(launch, grid=grid))
            times["repeat, another grid"].append(again)
            outcomes["counted whole, at any size"] += 1
            outcomes["exact.all"] += found.exact.all
            outcomes["exact.control"] += found.exact.control
            outcomes["exact.addresses"] += found.exact.addresses
            outcomes["exact.all, of what nothing loaded steers"] += (
                found.exact.all and not case.data_dependent
            )
        outcomes["(nothing loaded steers anything)"] += not case.data_dependent
        if "--reference" in sys.argv:
            begun = time.process_time()
            evaluate_sampled(module, kernel, launch, Pins())
            times.setdefault("reference, sampled", []).append(time.process_time() - begun)
    _print(times, additions)
    for name, count in outcomes.items():
        print(f"{name:44} {count:4} of {len(cases)} ({count / len(cases):.0%})")
    print("left to the reference evaluation:")
    for reason, count in reasons.most_common():
        print(f"  {count:3} {reason}")


def _timed(module: Module, kernel: Function, launch: Launch) -> tuple[float, LaunchProfile | str]:
    """Seconds of processor time, and the profile or why there is none."""
    begun = time.process_time()
    found: LaunchProfile | str
    try:
        found = evaluate_closed(module, kernel, launch, Pins())
    except UnsupportedError as error:
        found = str(error)
    return time.process_time() - begun, found


def _addition() -> float:
    """Seconds of one addition of 256 numbers."""
    row = np.arange(256, dtype=np.uint64)
    begun = time.process_time()
    for _ in range(1000):
        row + row
    return (time.process_time() - begun) / 1000


def _print(times: dict[str, list[float]], additions: list[float]) -> None:
    addition = float(np.median(additions))
    print(f"one NumPy addition of 256 numbers: {addition * 1e6:.2f} us")
    for name, seconds in times.items():
        p50, p90, p99 = np.percentile(np.array(seconds), [50, 90, 99])
        print(
            f"{name:22} {len(seconds):4} launches  p50 {p50 * 1e3:7.1f} ms  p90 {p90 * 1e3:7.1f}"
            f"  p99 {p99 * 1e3:7.1f}  (p50 is {p50 / addition:,.0f} additions)"
        )


if __name__ == "__main__":
    main()
