"""How long the exact evaluation takes, and how much of the corpus it counts exactly.

    python -m benchmarks.evaluation             # a few minutes
    python -m benchmarks.evaluation --every 5   # every fifth launch
    python -m benchmarks.evaluation --reference # the reference evaluation beside it: longer

Every launch of the corpus at its full size: processor time of the first call for a kernel (with
slicing and decoding, without parsing) and of a call for another launch of the same kernel, divided
by how much slower this machine is at that moment than a normal core (`tests/pace.py`). Beside what
is exact stands what can be: launches in which no loaded value steers a branch, or an address.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace

from ptxenergy.launch.closed.code import UnsupportedError
from ptxenergy.launch.closed.evaluate import evaluate_closed
from ptxenergy.launch.profile import LaunchProfile
from ptxenergy.launch.reference import evaluate_sampled
from ptxenergy.launch.request import Dim3, Launch, Pins
from ptxenergy.program.shared import reachable
from ptxenergy.ptx.syntax import Function, Module
from tests.corpus import corpus_launches
from tests.corpus.data_use import choosing_a_place, choosing_a_way, data_sinks
from tests.launch.test_reference_corpus import resolved
from tests.pace import slowness

_BETWEEN_PACES = 10
_TEXTURES = ("tex.", "tld4.", "suld.", "sust.", "sured.")


def main() -> None:
    """Print the figures."""
    options = _options()
    times: dict[str, list[float]] = {"first call": [], "repeat, another grid": []}
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    cases = corpus_launches()[:: options.every]
    for number, case in enumerate(cases):
        if number % _BETWEEN_PACES == 0:
            pace = slowness()
            print(f"{number} of {len(cases)}", file=sys.stderr)
        module, kernel, launch = resolved(case)
        outcomes.update(_can_be_exact(module, kernel))
        seconds, found = _timed(module, kernel, launch)
        if isinstance(found, str):
            reasons[found] += 1
        else:
            times["first call"].append(seconds / pace)
            grid = Dim3(launch.grid.x, launch.grid.y, launch.grid.z + 1)
            again, _ = _timed(module, kernel, replace(launch, grid=grid))
            times["repeat, another grid"].append(again / pace)
            outcomes["counted whole, at any size"] += 1
            outcomes["exact.all"] += found.exact.all
            outcomes["exact.control"] += found.exact.control
            outcomes["exact.addresses"] += found.exact.addresses
        if options.reference:
            begun = time.process_time()
            evaluate_sampled(module, kernel, launch, Pins())
            taken = (time.process_time() - begun) / pace
            times.setdefault("reference, sampled", []).append(taken)
    _print(times)
    for name, count in sorted(outcomes.items()):
        print(f"{name:44} {count:4} of {len(cases)} ({count / len(cases):.0%})")
    print("left to the reference evaluation:")
    for reason, count in reasons.most_common():
        print(f"  {count:3} {reason}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluation")
    parser.add_argument("--every", type=int, default=1, help="take every N-th launch only")
    parser.add_argument("--reference", action="store_true", help="the reference evaluation, too")
    return parser.parse_args()


def _can_be_exact(module: Module, kernel: Function) -> Iterator[str]:
    """What no loaded value stands in the way of; where textures lie is the driver's business."""
    functions = [f for f in reachable(module, kernel) if not f.is_declaration]
    names = [i.opcode for f in functions for i in f.instructions]
    has_way = bool(data_sinks(module, functions, choosing_a_way))
    has_place = bool(data_sinks(module, functions, choosing_a_place))
    has_place |= any(name.startswith(_TEXTURES) for name in names)
    if not has_way:
        yield "(exact.control can be)"
    if not has_place:
        yield "(exact.addresses can be)"
    if not has_way and not has_place:
        yield "(exact.all can be)"


def _timed(module: Module, kernel: Function, launch: Launch) -> tuple[float, LaunchProfile | str]:
    """Seconds of processor time, and the profile or why there is none."""
    begun = time.process_time()
    found: LaunchProfile | str
    try:
        found = evaluate_closed(module, kernel, launch, Pins())
    except UnsupportedError as error:
        found = str(error)
    return time.process_time() - begun, found


def _print(times: dict[str, list[float]]) -> None:
    for name, seconds in times.items():
        p50, p90, p99 = np.percentile(np.array(seconds), [50, 90, 99])
        print(
            f"{name:22} {len(seconds):4} launches  p50 {p50 * 1e3:7.1f} ms  p90 {p90 * 1e3:7.1f}"
            f"  p99 {p99 * 1e3:7.1f}"
        )


if __name__ == "__main__":
    main()
