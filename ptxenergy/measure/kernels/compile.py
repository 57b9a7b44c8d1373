"""Compiles the kernels worth measuring to PTX, and records what each file was compiled from.

`datasets/ptx/index.json` holds, by kernel, the hash of the CUDA source, the options, and for each
architecture the hash of the PTX and what `ptxas` says of it. So a machine without a compiler can
still tell which PTX is stale, and how many registers a kernel takes.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

from ptxenergy.measure.kernels.catalog import Entry, read_ptx
from ptxenergy.measure.kernels.neutral import neutral

NVCC_VERSION = "13.0"
OPTIONS = ("-std=c++17", "-O3", "-lineinfo")
PORTABLE_ARCHITECTURES = ("sm_90", "sm_80")

Index: TypeAlias = Mapping[str, "Compiled"]


class CompileError(RuntimeError):
    """nvcc is missing, is of another version, or refuses a source."""


@dataclass(frozen=True, slots=True)
class Target:
    """One PTX file: the hash of its text, and `ptxas -v` on it.

    `static_shared_bytes` is per block, `local_bytes` (stack) per thread.
    """

    ptx_sha256: str
    registers_per_thread: int
    static_shared_bytes: int
    local_bytes: int


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a kernel was compiled from, and its PTX by architecture."""

    source_sha256: str
    options: tuple[str, ...]
    nvcc: str
    targets: Mapping[str, Target]


def options_of(entry: Entry) -> tuple[str, ...]:
    """All of nvcc's options for a kernel but architecture and output."""
    return (*OPTIONS, *entry.kernel.compile_options)


def architectures_of(entry: Entry) -> tuple[str, ...]:
    """sm_90 and sm_80, or the kernel's own where it needs one of its own."""
    own = entry.kernel.architecture
    return PORTABLE_ARCHITECTURES if own in PORTABLE_ARCHITECTURES else (own,)


def index_path(datasets: Path) -> Path:
    """Where the index is."""
    return datasets / "ptx" / "index.json"


def read_index(datasets: Path) -> dict[str, Compiled]:
    """The index, empty where nothing was compiled yet."""
    path = index_path(datasets)
    if not path.exists():
        return {}
    kernels = json.loads(path.read_text(encoding="utf-8"))
    return {name: _compiled(fields) for name, fields in kernels.items()}


def write_index(datasets: Path, index: Index) -> None:
    """Write the index, in order of name, so that equal content is equal bytes."""
    path = index_path(datasets)
    path.parent.mkdir(parents=True, exist_ok=True)
    fields = {name: asdict(index[name]) for name in sorted(index)}
    path.write_text(json.dumps(fields, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def stale(entries: Iterable[Entry], index: Index, datasets: Path) -> dict[str, str]:
    """Why a kernel's PTX is not what its source compiles to, by kernel; needs no compiler."""
    reasons = {entry.kernel.name: _staleness(entry, index, datasets) for entry in entries}
    return {name: reason for name, reason in reasons.items() if reason}


def nvcc_version(nvcc: str = "nvcc") -> str:
    """The release of the compiler (`13.0`); raises CompileError where there is none."""
    said = _run([nvcc, "--version"])
    release = re.search(r"release (\d+\.\d+)", said)
    if release is None:
        raise CompileError(f"{nvcc} does not say its version")
    return release[1]


def check_version(nvcc: str, *, any_version: bool = False) -> str:
    """The compiler's release; raises CompileError where it is another than the dataset's."""
    version = nvcc_version(nvcc)
    if version != NVCC_VERSION and not any_version:
        raise CompileError(
            f"{nvcc} is {version}, the dataset's PTX is by {NVCC_VERSION}: "
            "give its path, or ask for any version"
        )
    return version


def compile_entry(entry: Entry, datasets: Path, nvcc: str, version: str) -> Compiled:
    """Compile one kernel for each of its architectures and write the PTX."""
    targets = {}
    for architecture in architectures_of(entry):
        ptx = ptx_of(entry, architecture, nvcc)
        path = datasets / "ptx" / architecture / f"{entry.kernel.name}.ptx.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(ptx.encode(), compresslevel=9, mtime=0))
        targets[architecture] = _target(ptx, architecture, entry.kernel.entry, nvcc)
    return Compiled(entry.source_sha256, options_of(entry), version, targets)


def ptx_of(entry: Entry, architecture: str, nvcc: str) -> str:
    """The PTX text of a kernel, the same on every machine; raises CompileError."""
    kernel = entry.kernel
    with tempfile.TemporaryDirectory(prefix="ptxenergy-") as folder:
        source, output = Path(folder) / f"{kernel.name}.cu", Path(folder) / "out.ptx"
        source.write_text(entry.source, encoding="utf-8")
        command = [nvcc, "-ptx", f"-arch={architecture}", *options_of(entry)]
        _run([*command, "-o", str(output), str(source)])
        try:
            return neutral(output.read_text(encoding="utf-8"), entry.source_name)
        except ValueError as error:
            raise CompileError(str(error)) from error


def _target(ptx: str, architecture: str, entry: str, nvcc: str) -> Target:
    ptxas = str(Path(nvcc).with_name("ptxas")) if "/" in nvcc else "ptxas"
    with tempfile.TemporaryDirectory(prefix="ptxenergy-") as folder:
        path = Path(folder) / "kernel.ptx"
        path.write_text(ptx, encoding="utf-8")
        said = _run([ptxas, "-v", f"-arch={architecture}", str(path), "-o", f"{path}.cubin"])
    return Target(hashlib.sha256(ptx.encode()).hexdigest(), *resources(said, entry))


def resources(said: str, entry: str) -> tuple[int, int, int]:
    """Registers a thread, static shared bytes a block, stack bytes a thread, from `ptxas -v`.

    Raises CompileError where it does not speak of the entry.
    """
    about = re.search(
        rf"(?s)entry function '{re.escape(entry)}'.*?Used (\d+) registers([^\n]*)", said
    )
    if about is None:
        raise CompileError(f"ptxas does not speak of an entry {entry!r}")
    shared = re.search(r"(\d+) bytes smem", about[2])
    stack = re.search(r"(\d+) bytes stack frame", about[0])
    return int(about[1]), int(shared[1]) if shared else 0, int(stack[1]) if stack else 0


def _staleness(entry: Entry, index: Index, datasets: Path) -> str:
    known = index.get(entry.kernel.name)
    if known is None:
        return "it was never compiled"
    if known.source_sha256 != entry.source_sha256:
        return "its source has changed"
    if known.options != options_of(entry) or set(known.targets) != set(architectures_of(entry)):
        return "its options or architectures have changed"
    for architecture, target in known.targets.items():
        path = datasets / "ptx" / architecture / f"{entry.kernel.name}.ptx.gz"
        if not path.exists():
            return f"{path.name} is missing for {architecture}"
        if hashlib.sha256(read_ptx(path)).hexdigest() != target.ptx_sha256:
            return f"{path.name} for {architecture} is not what was compiled"
    return ""


def _compiled(fields: Mapping[str, object]) -> Compiled:
    targets = fields["targets"]
    if not isinstance(targets, dict):
        raise CompileError("the index of compiled kernels is damaged: compile again")
    known = {name: Target(**target) for name, target in targets.items()}
    options = tuple(str(option) for option in fields["options"])  # type: ignore[attr-defined]
    return Compiled(str(fields["source_sha256"]), options, str(fields["nvcc"]), known)


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CompileError(f"{command[0]} cannot be run: install CUDA {NVCC_VERSION}") from error
    if done.returncode:
        raise CompileError(f"{Path(command[-1]).name}: {(done.stderr or done.stdout).strip()}")
    return done.stdout + done.stderr
