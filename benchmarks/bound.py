"""How long the physical bound takes, over one launch of every corpus kernel.

Run `python -m benchmarks.bound`; prints a Markdown table of milliseconds: the static chains of a
kernel, once, and the bound of each profile from then on.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import quantiles
from time import perf_counter

from msgspec.structs import replace

from ptxenergy import Dim3, Options, predict
from ptxenergy.gpu import load
from ptxenergy.gpu.spec import Gpu
from ptxenergy.model.board import Board
from ptxenergy.model.bound import bound_of
from ptxenergy.model.latency import cost_on
from ptxenergy.model.prediction import Prediction
from ptxenergy.program.chains import chains
from ptxenergy.program.shared import body_of
from ptxenergy.ptx import parse_text, read_input
from tests.corpus import CorpusLaunch, one_launch_per_kernel

_REPEATS = 5


def milliseconds(run: Callable[[], object]) -> float:
    """The least of a few runs."""
    taken_s = []
    for _ in range(_REPEATS):
        start = perf_counter()
        run()
        taken_s.append(perf_counter() - start)
    return min(taken_s) * 1e3


def predicted(launch: CorpusLaunch) -> Prediction:
    """Eight blocks of a launch: what follows depends on the kernel's length, not on the grid."""
    request = replace(launch.request, grid=Dim3(8), threads=None)
    options = Options(kernel=launch.kernel, request=request)
    (result,) = predict(str(launch.path), options).results
    return result


def measured(launch: CorpusLaunch, gpu: Gpu) -> tuple[float, float]:
    """(chains, bound) of one launch in milliseconds."""
    inspection = predicted(launch).inspection
    module = parse_text(*read_input(str(launch.path)))
    kernel = body_of(module, inspection.profile.kernel)
    static = milliseconds(lambda: chains(module, kernel, cost_on(gpu)))
    return static, milliseconds(lambda: bound_of(inspection, gpu, Board()))


def main() -> None:
    """Print the table."""
    gpu = load("h200")
    taken = [measured(launch, gpu) for launch in one_launch_per_kernel()]
    print(f"{len(taken)} kernels; milliseconds at the median, the 90th and 99th percentile, most\n")
    print("| what | p50 | p90 | p99 | most |")
    print("| --- | --- | --- | --- | --- |")
    for name, times in zip(("chains", "bound"), zip(*taken, strict=True), strict=True):
        cuts = quantiles(times, n=100)
        numbers = (cuts[49], cuts[89], cuts[98], max(times))
        print(f"| {name} | {' | '.join(f'{number:.2f}' for number in numbers)} |")


if __name__ == "__main__":
    main()
