"""A stand-in for CuPy that keeps a log of what the driver would be told, with its own time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np


class FakeCupy:
    """The calls that the device makes; a launch takes `launch_s` of the fake's own time."""

    __version__ = "fake"

    def __init__(self, launch_s: float) -> None:
        self.launch_s = launch_s
        self.log: list[str] = []
        self.now_s = 0.0
        self.capturing: int | None = None
        error = type("CUDARuntimeError", (Exception,), {})
        self.cuda = SimpleNamespace(
            Stream=lambda non_blocking: Stream(self),
            Event=lambda: Event(self),
            get_elapsed_time=lambda a, b: (b.at_s - a.at_s) * 1e3,
            runtime=SimpleNamespace(
                CUDARuntimeError=error,
                deviceSynchronize=lambda: self.log.append("synchronize"),
                profilerStart=lambda: self.log.append("start"),
                profilerStop=lambda: self.log.append("stop"),
            ),
            driver=SimpleNamespace(CUDADriverError=type("CUDADriverError", (Exception,), {})),
            memory=SimpleNamespace(OutOfMemoryError=type("OutOfMemoryError", (Exception,), {})),
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def get_default_memory_pool(self) -> Any:
        return SimpleNamespace(free_all_blocks=lambda: self.log.append("free"))

    def RawModule(self, path: str) -> Any:  # noqa: N802
        self.log.append("load")
        return SimpleNamespace(get_function=lambda name: Function(self))

    def launch(self, count: int) -> None:
        if self.capturing is not None:
            self.capturing += count
        else:
            self.now_s += count * self.launch_s


class Function:
    num_regs, shared_size_bytes, local_size_bytes = 24, 0, 0

    def __init__(self, cupy: FakeCupy) -> None:
        self.cupy = cupy

    def __call__(self, grid: Any, block: Any, arguments: tuple[Any, ...], shared_mem: int) -> None:
        assert all(isinstance(extents, tuple) for extents in (grid, block, arguments))
        self.cupy.log.append("launch")
        self.cupy.launch(1)


class Stream:
    def __init__(self, cupy: FakeCupy) -> None:
        self.cupy = cupy

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None: ...

    def synchronize(self) -> None: ...

    def begin_capture(self) -> None:
        self.cupy.capturing = 0

    def end_capture(self) -> Any:
        count, self.cupy.capturing = self.cupy.capturing or 0, None
        return SimpleNamespace(launch=lambda stream: self.cupy.launch(count))


class Event:
    done = True

    def __init__(self, cupy: FakeCupy) -> None:
        self.cupy = cupy
        self.at_s = 0.0

    def record(self, stream: Stream) -> None:
        self.at_s = self.cupy.now_s

    def synchronize(self) -> None: ...
