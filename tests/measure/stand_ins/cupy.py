"""Stands for CuPy in a process of its own: a GPU on which launches take real time.

A kernel's first launch with some buffers gives what its definition expects, but for `vector_triad`,
which this GPU gets wrong. What runs is known to `pynvml` beside this, whose meters go by it.
"""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.catalog import catalog, read_ptx
from ptxenergy.measure.kernels.kernel import Kernel

__version__ = "stand-in"
LAUNCH_S = 2e-4
_busy_until_s = 0.0
_capturing: list[int] = []


def __getattr__(name: str) -> Any:
    return getattr(np, name)


def asarray(array: Any, **options: Any) -> Any:
    return np.array(array, **options)


def asnumpy(array: Any) -> Any:
    return array.copy()


def is_busy() -> bool:
    return time.perf_counter() < _busy_until_s


def _launch(count: int) -> None:
    global _busy_until_s
    if _capturing:
        _capturing[-1] += count
    else:
        _busy_until_s = max(_busy_until_s, time.perf_counter()) + count * LAUNCH_S


def _synchronize() -> None:
    time.sleep(max(0.0, _busy_until_s - time.perf_counter()))


class CUDARuntimeError(RuntimeError): ...


class CUDADriverError(RuntimeError): ...


class OutOfMemoryError(MemoryError): ...


class RawModule:
    def __init__(self, *, path: str) -> None:
        self.text = Path(path).read_bytes()

    def get_function(self, name: str) -> Any:
        return Function(self.text)


class Function:
    num_regs, shared_size_bytes, local_size_bytes = 24, 0, 0
    max_dynamic_shared_size_bytes = 0

    def __init__(self, text: bytes) -> None:
        self.kernel = kernels_by_text()[text]
        self.last: Any = None

    def __call__(self, grid: Any, block: Any, arguments: Any, *, shared_mem: int) -> None:
        assert all(isinstance(extents, tuple) for extents in (grid, block, arguments))
        if self.last is not arguments and self.kernel.name != "vector_triad":
            before = tuple(np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments)
            for index, result in self.kernel.expected(self.kernel.check_size, before).items():
                arguments[index][...] = np.asarray(result).reshape(arguments[index].shape)
        self.last = arguments
        _launch(1)


@cache
def kernels_by_text() -> dict[bytes, Kernel]:
    datasets = Path(__file__).resolve().parents[3] / "datasets"
    return {read_ptx(entry.ptx): entry.kernel for entry in catalog(datasets)}


class Graph:
    def __init__(self, count: int) -> None:
        self.count = count

    def launch(self, stream: Any) -> None:
        _launch(self.count)


class Stream:
    def __init__(self, *, non_blocking: bool) -> None: ...

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None: ...

    def synchronize(self) -> None:
        _synchronize()

    def begin_capture(self) -> None:
        _capturing.append(0)

    def end_capture(self) -> Graph:
        return Graph(_capturing.pop())


class Event:
    at_s = 0.0

    def record(self, stream: Stream) -> None:
        self.at_s = max(_busy_until_s, time.perf_counter())

    @property
    def done(self) -> bool:
        return time.perf_counter() >= self.at_s

    def synchronize(self) -> None:
        time.sleep(max(0.0, self.at_s - time.perf_counter()))


def get_default_memory_pool() -> Any:
    return SimpleNamespace(free_all_blocks=lambda: None)


cuda = SimpleNamespace(
    Stream=Stream,
    Event=Event,
    get_elapsed_time=lambda begin, end: (end.at_s - begin.at_s) * 1e3,
    get_current_stream=lambda: SimpleNamespace(synchronize=_synchronize),
    runtime=SimpleNamespace(
        CUDARuntimeError=CUDARuntimeError,
        deviceSynchronize=_synchronize,
        getDeviceCount=lambda: 1,
        profilerStart=lambda: None,
        profilerStop=lambda: None,
    ),
    driver=SimpleNamespace(CUDADriverError=CUDADriverError),
    memory=SimpleNamespace(OutOfMemoryError=OutOfMemoryError),
)
