"""What `ptxenergy-launcher` adds to a compilation by nvcc, beside the same one without it.

    python -m benchmarks.launcher [--pairs 15] [--case trivial …]

Each pair compiles once with and once without the launcher, in turns as to which comes first, so
that what else the machine does falls on both. Processor time is user + system of the command and
all its descendants. Printed are the medians of the paired differences and of the paired ratios,
with an interval of 95 % by bootstrap over pairs, and the same of wall time. `nothing` runs the
launcher on a command that does nothing: what it takes to start. The store is emptied before each
compilation, so that its PTX is written each time, as in a first build.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.pace import slowness

_ROOT = Path(__file__).resolve().parent.parent
_LAUNCHER = (sys.executable, "-m", "ptxenergy.hooks")
_RESAMPLES = 2000
_OWN_PAIRS = 25
_TRIVIAL = 'extern "C" __global__ void scale(float *x) { x[threadIdx.x] *= 2.5f; }\n'
_CUB = """\
#include <cooperative_groups.h>
#include <cub/cub.cuh>
__global__ void sort_tiles(int *keys) {
  using Sort = cub::BlockRadixSort<int, 128, 4>;
  __shared__ Sort::TempStorage storage;
  int own[4];
  cub::LoadDirectBlocked(threadIdx.x, keys + blockIdx.x * 512, own);
  Sort(storage).Sort(own);
  cooperative_groups::this_thread_block().sync();
  cub::StoreDirectBlocked(threadIdx.x, keys + blockIdx.x * 512, own);
}
"""
_ONE = ("-arch=sm_90",)
_MANY = tuple(f"-gencode=arch=compute_{cc},code=sm_{cc}" for cc in (80, 90, 100))


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of one run: of the processors by it and its descendants, and by the clock."""

    processor_s: float
    wall_s: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--case", nargs="*", help="only these")
    options = parser.parse_args(arguments)
    if shutil.which("nvcc") is None:
        sys.exit("nvcc is not here: there is nothing to compare with")
    pace = slowness()
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        for name, command in cases(place).items():
            if not options.case or name in options.case:
                _tell(name, command, place, options.pairs)
    pace = (pace + slowness()) / 2
    print(f"this machine is {pace:.1f} times slower than a normal core at the moment")


def cases(place: Path) -> dict[str, tuple[str, ...]]:
    """The compilations, by name; their sources are put into `place`."""
    (place / "trivial.cu").write_text(_TRIVIAL, encoding="ascii")
    (place / "cub.cu").write_text(_CUB, encoding="ascii")
    kernel = str(_ROOT / "datasets" / "kernels" / "attention" / "attention_flash.cu")
    rest = ("-O3", "-o", str(place / "out.o"), "-c")
    return {
        "trivial": ("nvcc", *_ONE, *rest, str(place / "trivial.cu")),
        "attention": ("nvcc", *_ONE, *rest, kernel),
        "attention, 3 architectures": ("nvcc", *_MANY, *rest, kernel),
        "CUB": ("nvcc", *_ONE, *rest, str(place / "cub.cu")),
        "CUB, 3 architectures": ("nvcc", *_MANY, *rest, str(place / "cub.cu")),
    }


def _tell(name: str, command: Sequence[str], place: Path, count: int) -> None:
    """Prints what the launcher adds to one compilation, and what it takes by itself."""
    pairs = pairs_of(command, place, count)
    print(f"{name}, {count} pairs")
    for what in ("processor_s", "wall_s"):
        plain, front = _columns(pairs, what)
        share = _median(100 * (front / plain - 1), "%")
        added = _median(1e3 * (front - plain), "ms")
        print(f"  {what.removesuffix('_s'):9} {np.median(plain):6.2f} s, added {added}, {share}")
    nvcc_s = np.median(_columns(pairs, "processor_s")[0])
    plain, front = _columns(pairs_of(stand_in(command, place), place, _OWN_PAIRS), "processor_s")
    own = front - plain
    share = _median(100 * own / nvcc_s, "%")
    print(f"  by itself {_median(1e3 * own, 'ms')}, {share}; {_OWN_PAIRS} pairs", flush=True)


def stand_in(command: Sequence[str], place: Path) -> tuple[str, ...]:
    """The same command with an nvcc that copies what the real one made last."""
    made = place / "made"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    for number, text in enumerate((place / "store").glob("ptx/*/*.ptx")):
        shutil.copy(text, made / f"{number}.ptx")
    shutil.copy(place / "out.o", made / "out.o")
    program = made / "nvcc"
    program.write_text(
        "#!/bin/sh\n"
        f'[ -z "$NVCC_APPEND_FLAGS" ] || cp {made}/*.ptx "${{NVCC_APPEND_FLAGS##* }}"\n'
        f"cp {made}/out.o {place}/out.o\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    return (str(program), *command[1:])


def pairs_of(command: Sequence[str], place: Path, count: int) -> list[tuple[Cost, Cost]]:
    """So many pairs of costs: without the launcher, with it. One more at first is not counted."""
    store = place / "store"
    environment = os.environ | {"PYTHONPATH": str(_ROOT), "PTXENERGY_DIR": str(store)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    found: list[tuple[Cost, Cost]] = []
    for turn in range(count + 1):
        shutil.rmtree(store, ignore_errors=True)
        step = 1 if turn % 2 else -1
        both = ([*command], [*_LAUNCHER, *command])
        plain, front = [_run(words, environment) for words in both[::step]][::step]
        if not list(store.glob("ptx/*/*.ptx")):
            sys.exit(f"the launcher kept no PTX of {' '.join(command)}")
        found.append((plain, front))
    return found[1:]


def _run(words: list[str], environment: Mapping[str, str]) -> Cost:
    before = time.perf_counter()
    process = os.posix_spawnp(words[0], words, environment)
    _, status, used = os.wait4(process, 0)
    if status:
        sys.exit(f"{' '.join(words)} fails")
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - before)


def _columns(pairs: Sequence[tuple[Cost, Cost]], what: str) -> tuple[np.ndarray, np.ndarray]:
    """Of all pairs, that cost without the launcher and with it."""
    plain, front = (np.array([getattr(pair[side], what) for pair in pairs]) for side in range(2))
    return plain, front


def _median(values: np.ndarray, unit: str) -> str:
    """The median, and its interval of 95 % by bootstrap."""
    picks = np.random.default_rng(0).integers(len(values), size=(_RESAMPLES, len(values)))
    low, high = np.percentile(np.median(values[picks], axis=1), (2.5, 97.5))
    return f"{np.median(values):.1f} {unit} ({low:.1f} to {high:.1f})"


if __name__ == "__main__":
    main()
