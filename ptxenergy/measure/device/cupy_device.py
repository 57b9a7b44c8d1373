"""The real device: CuPy loads the committed PTX, fills buffers, and queues launches."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ptxenergy.measure.device.sensor import (
    GRAPH_BELOW_S,
    LONGEST_LAUNCH_S,
    Attributes,
    DeviceError,
)
from ptxenergy.measure.kernels.catalog import Entry, read_ptx
from ptxenergy.measure.planning.point import Point

_GRAPH_REPLAY_S = 5e-3
_STATIC_SHARED_LIMIT_BYTES = 48 * 1024


class CupyDevice:
    """One GPU. PTX modules are loaded once; buffers live for one job at a time."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        try:
            import cupy
        except ImportError as error:
            raise DeviceError("CuPy is not installed: pip install 'ptxenergy[cuda13]'") from error
        self._cupy = cupy
        self._entries = entries
        self._functions: dict[str, Any] = {}

    def function(self, point: Point) -> Any:
        """The compiled kernel of a point; raises DeviceError where the driver refuses its PTX."""
        if point.kernel not in self._functions:
            entry = self._entries[point.kernel]
            if entry.ptx_sha256 != point.ptx_sha256:
                raise DeviceError(f"{entry.ptx} is not the PTX that the plan was made for")
            self._functions[point.kernel] = self._load(entry, point.entry)
        return self._functions[point.kernel]

    def prepare(self, point: Point) -> CupyJob:
        """Compile, allocate, fill and launch once. Raises DeviceError where any of it fails."""
        cupy = self._cupy
        function = self.function(point)
        try:
            if point.dynamic_shared_bytes > _STATIC_SHARED_LIMIT_BYTES:
                function.max_dynamic_shared_size_bytes = point.dynamic_shared_bytes
            cupy.get_default_memory_pool().free_all_blocks()
            kernel = self._entries[point.kernel].kernel
            sets = [
                kernel.arguments(cupy, point.size, point.data) for _ in range(point.buffer_sets)
            ]
            # The buffers are filled on the default stream, for which the job's does not wait.
            cupy.cuda.runtime.deviceSynchronize()
            job = CupyJob(cupy, function, point, sets)
            job.warm_up()
        except (cupy.cuda.runtime.CUDARuntimeError, cupy.cuda.driver.CUDADriverError) as error:
            raise DeviceError(f"{point.kernel} {point.block}: {error}") from error
        except (cupy.cuda.memory.OutOfMemoryError, TypeError, ValueError, IndexError) as error:
            raise DeviceError(f"{point.kernel} {dict(point.size)}: {error}") from error
        return job

    def attributes(self, point: Point) -> Attributes:
        """What the driver says of the compiled kernel."""
        function = self.function(point)
        return Attributes(function.num_regs, function.shared_size_bytes, function.local_size_bytes)

    def is_lost(self) -> bool:
        """Whether the context is gone: after an illegal access, every call of CUDA fails."""
        try:
            self._cupy.cuda.runtime.deviceSynchronize()
        except self._cupy.cuda.runtime.CUDARuntimeError:
            return True
        return False

    def _load(self, entry: Entry, name: str) -> Any:
        import tempfile

        with tempfile.TemporaryDirectory(prefix="ptxenergy-") as folder:
            path = Path(folder) / "kernel.ptx"
            path.write_bytes(read_ptx(entry.ptx))
            try:
                return self._cupy.RawModule(path=str(path)).get_function(name)
            except self._cupy.cuda.driver.CUDADriverError as error:
                raise DeviceError(f"{entry.ptx}: the driver refuses it: {error}") from error


class CupyJob:
    """A point ready to run. Short kernels are replayed from a graph, so that the queue is full.

    A stream takes about 1000 items before it makes the host wait, which could not poll then.
    """

    def __init__(self, cupy: Any, function: Any, point: Point, sets: list[Any]) -> None:
        self._cupy = cupy
        self._function = function
        self._point = point
        self._sets = sets
        self._stream = cupy.cuda.Stream(non_blocking=True)
        self._graph: Any = None
        self._per_graph = 1
        self._events = [cupy.cuda.Event() for _ in range(3)]
        self._halves = (1, 1)

    def warm_up(self) -> None:
        """Launch until the kernel's time is known, and make a graph if it is short.

        Raises DeviceError where one launch takes too long to be measured.
        """
        begin_s = time.perf_counter()
        self._enqueue(1)
        self._stream.synchronize()
        took_s = time.perf_counter() - begin_s
        if took_s > LONGEST_LAUNCH_S:
            raise DeviceError(f"{self._point.kernel} {self._point.block}: {took_s:.1f} s a launch")
        self._enqueue(len(self._sets))
        self._stream.synchronize()
        self.start(2 * len(self._sets))
        per_launch_s = sum(self.finish()) / 2
        if per_launch_s < GRAPH_BELOW_S:
            wanted = math.ceil(_GRAPH_REPLAY_S / max(per_launch_s, 1e-6))
            self._capture(math.ceil(wanted / len(self._sets)) * len(self._sets))

    def start(self, launches: int) -> int:
        """Queue that many launches (rounded up to whole graph replays), events around each half."""
        items = max(2, math.ceil(launches / self._per_graph))
        first = items // 2
        self._halves = (first * self._per_graph, (items - first) * self._per_graph)
        begin, middle, end = self._events
        begin.record(self._stream)
        self._enqueue(first)
        middle.record(self._stream)
        self._enqueue(items - first)
        end.record(self._stream)
        return items * self._per_graph

    def is_busy(self) -> bool:
        """Whether the last event has not happened yet."""
        return not self._events[2].done

    def finish(self) -> tuple[float, float]:
        """Wait; event seconds per launch of each half. Raises DeviceError where a launch failed."""
        begin, middle, end = self._events
        try:
            end.synchronize()
        except self._cupy.cuda.runtime.CUDARuntimeError as error:
            raise DeviceError(f"{self._point.kernel} {self._point.block}: {error}") from error
        elapsed = self._cupy.cuda.get_elapsed_time
        return (
            elapsed(begin, middle) * 1e-3 / self._halves[0],
            elapsed(middle, end) * 1e-3 / self._halves[1],
        )

    def profile(self) -> None:
        """One launch for a profiler that was told to watch nothing but what is marked so."""
        runtime = self._cupy.cuda.runtime
        runtime.profilerStart()
        with self._stream:
            self._launch(self._sets[0])
        self._stream.synchronize()
        runtime.profilerStop()

    def launch_mode(self) -> str:
        """`graph` for short kernels, else `stream`."""
        return "graph" if self._graph is not None else "stream"

    def results(self) -> tuple[Any, ...]:
        """The arguments of the first buffer set, after everything queued has finished."""
        self._stream.synchronize()
        return tuple(self._sets[0])

    def _enqueue(self, items: int) -> None:
        with self._stream:
            for index in range(items):
                if self._graph is not None:
                    self._graph.launch(self._stream)
                else:
                    self._launch(self._sets[index % len(self._sets)])

    def _launch(self, arguments: Any) -> None:
        point = self._point
        self._function(
            tuple(point.grid), tuple(point.block), arguments, shared_mem=point.dynamic_shared_bytes
        )

    def _capture(self, launches: int) -> None:
        with self._stream:
            self._stream.begin_capture()
            for index in range(launches):
                self._launch(self._sets[index % len(self._sets)])
            self._graph = self._stream.end_capture()
        self._per_graph = launches
