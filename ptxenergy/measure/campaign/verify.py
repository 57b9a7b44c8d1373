"""Whether kernels compute on this GPU what their definitions say, each launched once at its check
size. To be run before a campaign: what computes something else is not worth measuring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

import numpy as np

from ptxenergy.measure.device.sensor import DeviceError
from ptxenergy.measure.kernels.catalog import Entry, read_ptx
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent

Launcher: TypeAlias = Callable[[Entry, Extent], tuple[tuple[Argument, ...], tuple[Argument, ...]]]
"""Launches a kernel once at its check size: its arguments before and after, on the host."""

_STATIC_SHARED_LIMIT_BYTES = 48 * 1024


def verify(entries: Iterable[Entry], launch: Launcher) -> Iterator[tuple[str, Extent, str]]:
    """For each kernel in its first and last shape: name, shape, what is wrong (`""`: nothing)."""
    for entry in entries:
        blocks = entry.kernel.blocks
        for block in dict.fromkeys((blocks[0], blocks[-1])):
            yield entry.kernel.name, block, _fault(entry, block, launch)


def _fault(entry: Entry, block: Extent, launch: Launcher) -> str:
    try:
        before, after = launch(entry, block)
    except DeviceError as error:
        return str(error)
    expected = entry.kernel.expected(entry.kernel.check_size, before)
    for index, argument in enumerate(after):
        if isinstance(argument, np.ndarray):
            wanted = expected.get(index, before[index])
            tolerance = entry.kernel.tolerance if index in expected else 0.0
            found = difference(argument, np.asarray(wanted), tolerance)
            if found:
                return f"argument {index}: {found}"
    return ""


def difference(found: Array, wanted: Array, tolerance: float) -> str:
    """How two arrays differ beyond a tolerance relative to the largest; "" where they do not.

    Integers must be equal.
    """
    found, wanted = np.ascontiguousarray(found), np.ascontiguousarray(wanted.reshape(found.shape))
    if found.dtype.kind in "iub" or tolerance == 0.0:
        count = int((found.view(np.uint8) != wanted.astype(found.dtype).view(np.uint8)).sum())
        return f"{count} of {found.nbytes} bytes differ" if count else ""
    wide, right = found.astype(np.float64), wanted.astype(np.float64)
    scale = float(np.abs(right).max(initial=0.0))
    close = np.isclose(wide, right, rtol=tolerance, atol=tolerance * scale)
    return "" if close.all() else f"{int((~close).sum())} of {found.size} values differ"


def cupy_launcher() -> Launcher:
    """Launches on GPU 0. Raises DeviceError where CuPy is missing."""
    try:
        import cupy
    except ImportError as error:
        raise DeviceError("CuPy is not installed: pip install 'ptxenergy[cuda13]'") from error
    failures = (cupy.cuda.runtime.CUDARuntimeError, cupy.cuda.driver.CUDADriverError)

    def launch(entry: Entry, block: Extent) -> tuple[tuple[Argument, ...], tuple[Argument, ...]]:
        kernel, size = entry.kernel, entry.kernel.check_size
        before = kernel.arguments(np, size, Data())
        placed = tuple(cupy.asarray(a) if isinstance(a, np.ndarray) else a for a in before)
        try:
            function = _loaded(cupy, entry)
            shared_bytes = kernel.dynamic_shared_bytes(size, block)
            if shared_bytes > _STATIC_SHARED_LIMIT_BYTES:
                function.max_dynamic_shared_size_bytes = shared_bytes
            function(tuple(kernel.grid(size, block)), tuple(block), placed, shared_mem=shared_bytes)
            cupy.cuda.get_current_stream().synchronize()
        except failures as error:
            raise DeviceError(f"{kernel.name} {block}: {error}") from error
        after = tuple(cupy.asnumpy(a) if isinstance(a, cupy.ndarray) else a for a in placed)
        return before, after

    return launch


def _loaded(cupy: Any, entry: Entry) -> Any:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory(prefix="ptxenergy-") as folder:
        path = Path(folder) / "kernel.ptx"
        path.write_bytes(read_ptx(entry.ptx))
        return cupy.RawModule(path=str(path)).get_function(entry.kernel.entry)
