"""Asks NVIDIA's cuda_occupancy.h, compiled on the host, and keeps what it answered.

Run as a module to write the committed answers again:
`python -m tests.gpu.occupancy_oracle [PATH OF cuda_occupancy.h]`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
ANSWERS = HERE / "occupancy_answers.npz"
CASES = 10_240
CASE_COLUMNS = ("block_threads", "registers", "static_shared", "dynamic_shared")
ANSWER_COLUMNS = ("blocks", "limiting_factors")
FACTORS = {"warps": 1, "registers": 2, "shared": 4, "blocks": 8}
"""cudaOccLimitingFactor. Barriers (16) and virtual resources (32) need kernels that use more."""

_KIB = 1024


@dataclass(frozen=True, slots=True)
class Device:
    """A device as the CUDA runtime reports it: what the header cannot know by itself."""

    threads_per_sm: int
    shared_per_sm: int
    opt_in_shared: int
    reserved_shared: int
    sms: int


# cudaDeviceProp of one board per capability; deliberately not taken from the tables under test.
DEVICES: dict[tuple[int, int], tuple[str, Device]] = {
    (6, 0): ("p100", Device(2048, 64 * _KIB, 48 * _KIB, 0, 56)),
    (6, 1): ("gtx1080ti", Device(2048, 96 * _KIB, 48 * _KIB, 0, 28)),
    (7, 0): ("v100", Device(2048, 96 * _KIB, 96 * _KIB, 0, 80)),
    (7, 5): ("t4", Device(1024, 64 * _KIB, 64 * _KIB, 0, 40)),
    (8, 0): ("a100", Device(2048, 164 * _KIB, 163 * _KIB, _KIB, 108)),
    (8, 6): ("rtx3090", Device(1536, 100 * _KIB, 99 * _KIB, _KIB, 82)),
    (8, 9): ("rtx4090", Device(1536, 100 * _KIB, 99 * _KIB, _KIB, 128)),
    (9, 0): ("h200", Device(2048, 228 * _KIB, 227 * _KIB, _KIB, 132)),
    (10, 0): ("b200", Device(2048, 228 * _KIB, 227 * _KIB, _KIB, 148)),
    (12, 0): ("rtx5090", Device(1536, 100 * _KIB, 99 * _KIB, _KIB, 170)),
}


def find_header() -> Path | None:
    """cuda_occupancy.h of the CUDA toolkit on this machine, if there is one with a compiler."""
    if shutil.which("g++") is None:
        return None
    nvcc = shutil.which("nvcc")
    roots = [Path("/usr/local/cuda")]
    if nvcc:
        roots.insert(0, Path(nvcc).resolve().parent.parent)
    headers = (root / "include" / "cuda_occupancy.h" for root in roots)
    return next((header for header in headers if header.exists()), None)


def random_cases(generator: np.random.Generator, count: int) -> NDArray[np.int64]:
    """Launches of every kind: full and ragged warps, registers and shared to beyond the limits."""
    ragged = generator.integers(1, 1101, count)
    whole = 32 * generator.integers(1, 34, count)
    few = generator.integers(1, 97, count)
    block = np.choose(generator.integers(0, 5, count), [whole, whole, ragged, ragged, few])
    registers = np.where(
        generator.random(count) < 0.7,
        generator.integers(16, 129, count),
        generator.integers(0, 260, count),
    )
    small = generator.integers(0, 16 * _KIB, count)
    large = generator.integers(0, 232 * _KIB, count)
    round_ = 512 * generator.integers(0, 2 * 232, count)
    kind = generator.integers(0, 4, count)
    shared = np.choose(kind, [np.zeros(count, np.int64), small, large, round_])
    static = np.minimum((shared * generator.random(count)).astype(np.int64), 48 * _KIB)
    return np.stack([block, registers, static, shared - static], axis=1)


def ask(
    header: Path, cases: dict[tuple[int, int], NDArray[np.int64]]
) -> dict[tuple[int, int], NDArray[np.int64]]:
    """The header's answers, one row (blocks, limiting factors) a case, by capability."""
    lines = [
        " ".join(map(str, (*capability, *_properties(capability), *case)))
        for capability, rows in cases.items()
        for case in rows.tolist()
    ]
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "occupancy_driver"
        source = HERE / "occupancy_driver.cpp"
        command = ["g++", "-O1", "-std=c++17", "-I", str(header.parent), "-o", str(program)]
        subprocess.run([*command, str(source)], check=True)
        asked = subprocess.run(
            [str(program)], input="\n".join(lines), capture_output=True, text=True, check=True
        )
    answers = np.array([line.split() for line in asked.stdout.splitlines()], dtype=np.int64)
    starts = np.cumsum([len(rows) for rows in cases.values()])[:-1]
    return dict(zip(cases, np.split(answers, starts), strict=True))


def _properties(capability: tuple[int, int]) -> tuple[int, ...]:
    device = DEVICES[capability][1]
    return (
        device.threads_per_sm,
        device.shared_per_sm,
        device.opt_in_shared,
        device.reserved_shared,
        device.sms,
    )


def _version(header: Path) -> str:
    """The toolkit's version, from the cuda.h beside the header."""
    match = re.search(r"#define CUDA_VERSION (\d+)", (header.parent / "cuda.h").read_text())
    number = int(match[1]) if match else 0
    return f"cuda_occupancy.h of CUDA {number // 1000}.{number % 1000 // 10}"


def write_answers(header: Path) -> None:
    """Asks about `CASES` random launches per capability and writes questions and answers."""
    generator = np.random.default_rng(20)
    cases = {capability: random_cases(generator, CASES) for capability in DEVICES}
    answers = ask(header, cases)
    columns: dict[str, Any] = {"header": np.array(_version(header))}
    for major, minor in DEVICES:
        rows = np.hstack([cases[major, minor], answers[major, minor]])
        for name, column in zip((*CASE_COLUMNS, *ANSWER_COLUMNS), rows.T, strict=True):
            columns[f"{major}.{minor} {name}"] = column.astype(np.min_scalar_type(column.max()))
    np.savez_compressed(ANSWERS, **columns)


if __name__ == "__main__":
    found = Path(sys.argv[1]) if len(sys.argv) > 1 else find_header()
    if found is None:
        sys.exit("no cuda_occupancy.h and g++ on this machine: give the header's path")
    write_answers(found)
