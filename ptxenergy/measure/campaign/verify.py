"""Whether kernels compute on this GPU what their definitions say, each launched once at its check
size. To be run before a campaign: what computes something else is not worth measuring.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np

from ptxenergy.measure.device.sensor import DeviceError, DeviceLostError
from ptxenergy.measure.kernels.catalog import Entry, read_ptx
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent

Arguments: TypeAlias = tuple[Argument, ...]
_STATIC_SHARED_LIMIT_BYTES = 48 * 1024
_SAME_DATA = 1e-6
# What a definition raises that asks a device for more than it can.
_ODD = (DeviceError, TypeError, ValueError, AttributeError, NotImplementedError, MemoryError)


class Launcher(Protocol):
    """Launches kernels at their check size."""

    def launched(self, entry: Entry, block: Extent) -> tuple[Arguments, Arguments]:
        """The arguments before and after one launch, on the host, made by NumPy. Raises
        DeviceError, or DeviceLostError where nothing can be launched any more."""

    def made(self, entry: Entry) -> Arguments:
        """The arguments as the device makes them, on the host. Raises DeviceError."""


@dataclass(frozen=True, slots=True)
class Check:
    """One launch of a kernel that is checked, and what is wrong with it (`""`: nothing)."""

    kernel: str
    block: Extent
    fault: str = ""


def verify(
    entries: Iterable[Entry],
    launcher: Launcher,
    done: Container[tuple[str, Extent]] = (),
    on_begin: Callable[[Check], None] = lambda check: None,
) -> Iterator[Check]:
    """Check each launch, but for those `done`.

    `on_begin` is told what comes next. Raises DeviceLostError.
    """
    for entry, block in launches(entries):
        name = entry.kernel.name
        if (name, block) not in done:
            on_begin(Check(name, block))
            yield Check(name, block, _fault(entry, block, launcher))


def launches(entries: Iterable[Entry]) -> list[tuple[Entry, Extent]]:
    """What is checked: each kernel in its first and last shape."""
    return [
        (entry, block)
        for entry in entries
        for block in dict.fromkeys((entry.kernel.blocks[0], entry.kernel.blocks[-1]))
    ]


def _fault(entry: Entry, block: Extent, launcher: Launcher) -> str:
    try:
        before, after = launcher.launched(entry, block)
        made = launcher.made(entry) if block == entry.kernel.blocks[0] else before
    except DeviceLostError:
        raise
    except _ODD as error:
        return f"{type(error).__name__}: {error}"
    return _data_fault(before, made) or _result_fault(entry, before, after)


def _data_fault(before: Arguments, made: Arguments) -> str:
    """Whether the device fills its buffers with other data than what pins were computed from."""
    for index, (wanted, found) in enumerate(zip(before, made, strict=True)):
        wrong = difference(np.asarray(found), np.asarray(wanted), _SAME_DATA)
        if wrong:
            return f"argument {index} is filled otherwise on the device: {wrong}"
    return ""


def _result_fault(entry: Entry, before: Arguments, after: Arguments) -> str:
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


class CupyLauncher:
    """Launches on GPU 0. Raises DeviceError where CuPy is missing."""

    def __init__(self) -> None:
        try:
            import cupy
        except ImportError as error:
            raise DeviceError("CuPy is not installed: pip install 'ptxenergy[cuda13]'") from error
        self._cupy = cupy
        self._last: tuple[str, Any] | None = None
        self._failures = (cupy.cuda.runtime.CUDARuntimeError, cupy.cuda.driver.CUDADriverError)

    def launched(self, entry: Entry, block: Extent) -> tuple[Arguments, Arguments]:
        """The arguments before and after one launch, on the host."""
        cupy, kernel, size = self._cupy, entry.kernel, entry.kernel.check_size
        before = kernel.arguments(np, size, Data())
        try:
            placed = tuple(cupy.asarray(a) if isinstance(a, np.ndarray) else a for a in before)
            function = self._function(entry)
            shared_bytes = kernel.dynamic_shared_bytes(size, block)
            if shared_bytes > _STATIC_SHARED_LIMIT_BYTES:
                function.max_dynamic_shared_size_bytes = shared_bytes
            function(tuple(kernel.grid(size, block)), tuple(block), placed, shared_mem=shared_bytes)
            cupy.cuda.get_current_stream().synchronize()
            return before, self._on_host(placed)
        except self._failures as error:
            raise self._failure(str(error)) from error

    def _function(self, entry: Entry) -> Any:
        """The kernel of an entry, compiled by the driver once for all its shapes."""
        if self._last is None or self._last[0] != entry.kernel.name:
            self._last = entry.kernel.name, _loaded(self._cupy, entry)
        return self._last[1]

    def made(self, entry: Entry) -> Arguments:
        """The arguments as CuPy makes them, on the host."""
        kernel = entry.kernel
        try:
            return self._on_host(kernel.arguments(self._cupy, kernel.check_size, Data()))
        except self._failures as error:
            raise self._failure(str(error)) from error

    def _on_host(self, arguments: tuple[Any, ...]) -> Arguments:
        cupy = self._cupy
        return tuple(cupy.asnumpy(a) if isinstance(a, cupy.ndarray) else a for a in arguments)

    def _failure(self, why: str) -> DeviceError:
        try:
            self._cupy.cuda.runtime.deviceSynchronize()
        except self._failures:
            return DeviceLostError(why)
        return DeviceError(why)


def _loaded(cupy: Any, entry: Entry) -> Any:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory(prefix="ptxenergy-") as folder:
        path = Path(folder) / "kernel.ptx"
        path.write_bytes(read_ptx(entry.ptx))
        return cupy.RawModule(path=str(path)).get_function(entry.kernel.entry)
