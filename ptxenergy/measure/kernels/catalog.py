"""Finds the kernels worth measuring: every `Kernel` defined under `datasets/kernels`."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ptxenergy.measure.kernels.kernel import Kernel


@dataclass(frozen=True, slots=True)
class Entry:
    """A kernel, the text of its CUDA source, where its PTX is and where it is defined.

    `source_name` is what the PTX's `.file` lines call the source, from the repository's root.
    """

    kernel: Kernel
    source: str
    ptx: Path
    definition: Path
    source_name: str

    @property
    def source_sha256(self) -> str:
        """Hash of the CUDA source."""
        return hashlib.sha256(self.source.encode()).hexdigest()

    @property
    def ptx_sha256(self) -> str:
        """Hash of the PTX as text, not of its compressed file."""
        return ptx_sha256(self.ptx)


def read_ptx(path: Path) -> bytes:
    """The text of a PTX file, which may be compressed (`.ptx.gz`)."""
    packed = path.read_bytes()
    return gzip.decompress(packed) if path.suffix == ".gz" else packed


def ptx_sha256(path: Path) -> str:
    """Hash of the PTX text of a file, compressed or not."""
    return hashlib.sha256(read_ptx(path)).hexdigest()


def catalog(datasets: Path) -> tuple[Entry, ...]:
    """All kernels under `datasets/kernels`, in order of name.

    Raises ValueError where two share a name.
    """
    entries = {}
    for definition in sorted((datasets / "kernels").rglob("*.py")):
        for kernel in _kernels_in(definition):
            if kernel.name in entries:
                raise ValueError(f"{definition}: a kernel {kernel.name!r} is already defined")
            source = kernel.source(definition.parent)
            name = f"datasets/kernels/{definition.parent.name}/{kernel.name}.cu"
            ptx = _ptx_of(datasets, kernel)
            entries[kernel.name] = Entry(kernel, source, ptx, definition, name)
    return tuple(entries[name] for name in sorted(entries))


def _ptx_of(datasets: Path, kernel: Kernel) -> Path:
    return datasets / "ptx" / kernel.architecture / f"{kernel.name}.ptx.gz"


def _kernels_in(definition: Path) -> Iterator[Kernel]:
    """Import a definition by its path: its `KERNELS`, and one of each kernel class in it."""
    name = "ptxenergy_kernels." + ".".join(definition.with_suffix("").parts[-2:])
    spec = importlib.util.spec_from_file_location(name, definition)
    if spec is None or spec.loader is None:
        raise ValueError(f"{definition} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    yield from getattr(module, "KERNELS", ())
    for value in vars(module).values():
        is_class = isinstance(value, type) and issubclass(value, Kernel)
        if is_class and value.__module__ == name and hasattr(value, "name"):
            yield value()
