"""How long the exact evaluation takes, and how much of the corpus it counts exactly.

    python -m benchmarks.evaluation

Every launch of the corpus at its full size: processor time of the first call for a kernel (with
slicing and decoding, without parsing), of a call for another launch of the same kernel, and, in
the same run, of the reference evaluation with its usual limits.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

import numpy as np

from ptxenergy.launch.closed.code import UnsupportedError
from ptxenergy.launch.closed.evaluate import evaluate_closed
from ptxenergy.launch.evaluate import evaluate
from ptxenergy.launch.reference import evaluate_sampled
from ptxenergy.launch.request import Dim3, Pins
from tests.corpus import corpus_launches
from tests.launch.test_reference_corpus import resolved


def main() -> None:
    """Print the figures."""
    first, repeat, whole, sampled = [], [], [], []
    outcomes: Counter[str] = Counter()
    cases = corpus_launches()
    for case in cases:
        module, kernel, launch = resolved(case)
        taller = replace(launch, grid=Dim3(launch.grid.x, launch.grid.y, launch.grid.z + 1))
        begun = time.process_time()
        try:
            profile = evaluate_closed(module, kernel, launch, Pins())
            first.append(time.process_time() - begun)
            begun = time.process_time()
            evaluate_closed(module, kernel, taller, Pins())
            repeat.append(time.process_time() - begun)
        except UnsupportedError:
            outcomes["left to the reference"] += 1
        begun = time.process_time()
        profile = evaluate(module, kernel, launch, Pins())
        whole.append(time.process_time() - begun)
        begun = time.process_time()
        evaluate_sampled(module, kernel, launch, Pins())
        sampled.append(time.process_time() - begun)
        outcomes["exact.all"] += profile.exact.all
        outcomes["exact.control"] += profile.exact.control
        outcomes["exact.addresses"] += profile.exact.addresses
        outcomes["nothing loaded decides anything"] += not case.data_dependent
    for name, times in (
        ("exact evaluation, first call", first),
        ("exact evaluation, repeat", repeat),
        ("as predict counts", whole),
        ("reference, sampled", sampled),
    ):
        p50, p90, p99 = np.percentile(np.array(times) * 1e3, [50, 90, 99])
        print(
            f"{name:30} {len(times):4} launches  p50 {p50:7.1f}  p90 {p90:7.1f}  p99 {p99:7.1f} ms"
        )
    ratio = np.median(np.array(sampled)) / np.median(np.array(whole))
    print(f"median of the reference over the median of what predict does: {ratio:.1f}")
    for name, count in outcomes.most_common():
        print(f"{name:34} {count:4} of {len(cases)} ({count / len(cases):.0%})")


if __name__ == "__main__":
    main()
