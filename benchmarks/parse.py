"""How fast PTX is parsed, beside plain Lark and ptxas on the same files in the same run.

    python benchmarks/parse.py [--megabytes 4] [--runs 5] [FILE…]

Without files, the kernels of the committed corpus are repeated, each time under another name,
until there is enough text. Ratios compare throughput in bytes of PTX per second:

- `plain Lark` parses the same text by the same grammar, every statement of it, to parse trees.
- `ptxas -O3` assembles it (on fewer bytes, being slow; skipped where it is missing).
- `cold` starts with nothing remembered; `warm` has seen the shapes of these statements.
- `parsed` means that every statement is accepted, with all operands parsed to columns;
  `materialised` means that every Instruction object of every function has been made too.
"""

from __future__ import annotations

import argparse
import gc
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ptxenergy.ptx import parse_file
from ptxenergy.ptx.fast import parse_quickly
from ptxenergy.ptx.grammar import parser
from ptxenergy.ptx.shapes import Memo

_ROOT = Path(__file__).resolve().parent.parent
_CORPUS = _ROOT / "tests" / "corpus" / "ptx"
_HEADER = b".version 9.0\n.target sm_90a\n.address_size 64\n"
# Kernels that need nothing else from their file, and that ptxas assembles for one target.
_OTHERS = re.compile(rb"^\s*\.(file|func|extern|const|global|weak|section)\b", re.MULTILINE)
_TARGET = re.compile(rb"^\.target sm_[5-9]", re.MULTILINE)
_KERNEL = re.compile(rb"^\.visible \.entry (\w+)\(", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Speed:
    """The median speed of several runs, in bytes per second, with the extremes."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        spread = f"({self.low / 1e6:.2f}–{self.high / 1e6:.2f})"
        return f"{self.median / 1e6:8.2f} MB/s {spread}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the table."""
    options = _options(arguments)
    text = _given(options.files) if options.files else enlarged(int(options.megabytes * 1e6))
    sample = text if options.files else enlarged(int(options.reference_megabytes * 1e6))
    print(f"{len(text) / 1e6:.1f} MB of PTX; reference speeds on {len(sample) / 1e6:.1f} MB")
    parse_quickly(sample[: len(_HEADER)], "warm-up")

    plain = measured(lambda: _plainly(sample), len(sample), options.runs)
    cold = measured(lambda: parse_quickly(text, "cold", Memo()), len(text), options.runs)
    cold_sample = measured(lambda: parse_quickly(sample, "s", Memo()), len(sample), options.runs)
    memo = Memo()
    parse_quickly(text, "warm", memo)
    warm = measured(lambda: parse_quickly(text, "warm", memo), len(text), options.runs)
    made = measured(lambda: _materialised(text, memo), len(text), max(1, options.runs // 2))

    print(f"plain Lark, all statements      {plain}")
    rows = [
        ("parsed, cold", cold),
        ("parsed, cold, reference text", cold_sample),
        ("parsed, warm", warm),
        ("materialised, warm", made),
    ]
    for name, speed in rows:
        print(f"{name:31} {speed}   {speed.median / plain.median:6.1f} × plain Lark")
    _beside_ptxas(sample, rows, options.runs)
    if options.memory:
        _memory()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = argparse.ArgumentParser(description="Speed of parsing PTX")
    options.add_argument("files", nargs="*", type=Path)
    options.add_argument("--megabytes", type=float, default=8.0)
    options.add_argument("--reference-megabytes", type=float, default=1.0)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--memory", action="store_true", help="peak memory for a 25 MB file")
    return options.parse_args(arguments)


def _given(files: Sequence[Path]) -> bytes:
    """Files one after the other, as one module of the first one's version."""
    headers = re.compile(rb"^\s*\.(version|target|address_size)\b.*$", re.MULTILINE)
    texts = [path.read_bytes() for path in files]
    return texts[0] + b"\n".join(headers.sub(b"", text) for text in texts[1:])


def kernels() -> list[tuple[bytes, bytes]]:
    """The names and texts of the corpus's kernels that stand on their own."""
    found = []
    for path in sorted(_CORPUS.rglob("*.ptx")):
        text = path.read_bytes()
        if _OTHERS.search(text) or not _TARGET.search(text):
            continue
        for match in _KERNEL.finditer(text):
            body = text.find(b"\n}\n", match.end())
            brackets = text[match.start() : body + 3]
            if body > 0 and brackets.count(b"{") == brackets.count(b"}"):
                found.append((match[1], brackets))
    if not found:
        sys.exit(f"no kernels under {_CORPUS}: name PTX files instead")
    return found


def enlarged(size: int) -> bytes:
    """About `size` bytes of PTX: the corpus's kernels again and again under new names."""
    parts, total = [_HEADER], 0
    sources = kernels()
    while total < size:
        name, text = sources[len(parts) % len(sources)]
        parts.append(text.replace(name, b"k%d_" % len(parts) + name))
        total += len(parts[-1])
    return b"".join(parts)


def measured(work: Callable[[], object], size: int, runs: int) -> Speed:
    """The speed of `runs` runs of `work` on `size` bytes, the collector's cycles included."""
    speeds = []
    for _ in range(runs):
        gc.collect()
        start = time.perf_counter()
        work()
        speeds.append(size / (time.perf_counter() - start))
    return Speed(statistics.median(speeds), min(speeds), max(speeds))


def _plainly(text: bytes) -> object:
    return parser().parse(text.decode("latin-1"), start="module")


def _materialised(text: bytes, memo: Memo) -> int:
    module = parse_quickly(text, "made", memo)
    return sum(len(function.instructions) for function in module.functions.values())


def _beside_ptxas(sample: bytes, rows: Sequence[tuple[str, Speed]], runs: int) -> None:
    ptxas = shutil.which("ptxas")
    if ptxas is None:
        print("ptxas is not there: no comparison with it")
        return
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "sample.ptx"
        source.write_bytes(sample)
        command = [ptxas, "-O3", "-arch=sm_90a", "-o", str(Path(folder) / "out.cubin"), str(source)]
        first = subprocess.run(command, capture_output=True, text=True, check=False)
        if first.returncode:
            print("ptxas refuses the text:", first.stderr.strip().splitlines()[0])
            return
        speed = measured(
            lambda: subprocess.run(command, capture_output=True, check=True),
            len(sample),
            min(runs, 3),
        )
    print(f"ptxas -O3                       {speed}")
    for name, own in rows:
        print(f"{name:31} {own.median / speed.median:6.1f} × ptxas -O3")


def _memory() -> None:
    """Peak memory of a process that does nothing but parse 25 MB."""
    text = enlarged(25_000_000)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.ptx"
        path.write_bytes(text)
        command = [sys.executable, __file__, "--measure-peak", str(path)]
        peak_bytes = int(subprocess.run(command, capture_output=True, check=True).stdout)
    limit = 10 * len(text) + 100_000_000
    print(f"peak memory for {len(text) / 1e6:.1f} MB: {peak_bytes / 1e6:.0f} MB", end="")
    print(f" (limit {limit / 1e6:.0f} MB)")


def _measure_peak(path: str) -> None:
    parse_file(path)
    # Not ru_maxrss, which a child takes over from the process that started it.
    status = Path("/proc/self/status").read_text().splitlines()
    print(next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure-peak"]:
        _measure_peak(sys.argv[2])
    else:
        main()
