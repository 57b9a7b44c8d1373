"""Predicts a kernel in every block shape that does the same work, and puts them in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import log2
from typing import Protocol

from ptxenergy.compare.corrected import Version
from ptxenergy.compare.frozen import frozen
from ptxenergy.errors import KernelSelectionError, LaunchError, PtxEnergyError
from ptxenergy.gpu.occupancy import occupancy
from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.closed.evaluate import Run
from ptxenergy.launch.extents import axes_read
from ptxenergy.launch.request import Dim3, LaunchRequest
from ptxenergy.model.calibrated import ratio
from ptxenergy.model.prediction import Prediction, Quantity
from ptxenergy.pipeline import Options, Track
from ptxenergy.program.dataflow import value_graph
from ptxenergy.program.registers import registers_per_thread
from ptxenergy.program.shared import body_of, static_shared_bytes
from ptxenergy.ptx.names import select
from ptxenergy.ptx.syntax import Function
from ptxenergy.tune.formula import Formula
from ptxenergy.tune.front import with_front
from ptxenergy.tune.result import Candidate, Excluded, Tuning
from ptxenergy.tune.shapes import shapes, unread_axis
from ptxenergy.tune.work import Work, difference

_USUAL_THREADS = 256


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched. `shapes`: these only; `every`: all that make whole warps.

    `grid_from` and `shared_from` give grid and dynamic shared memory of a block; without the first
    the grid is the problem's extents over the block, rounded up.
    """

    shapes: tuple[Dim3, ...] = ()
    every: bool = False
    grid_from: Formula | None = None
    shared_from: Formula | None = None


class Texts(Protocol):
    """Where the PTX of a block shape comes from: one text, or one compiled for each."""

    def prepare(self, shapes: Iterable[Dim3]) -> None:
        """Make ready what will be asked for, at once where that is quicker."""

    def of(self, block: Dim3 | None) -> tuple[bytes, str]:
        """Text and file name. Raises PtxEnergyError where it cannot be made."""


@dataclass(frozen=True, slots=True)
class OneText:
    """The same PTX for all blocks."""

    text: bytes
    file: str

    def prepare(self, _: Iterable[Dim3]) -> None:
        """Nothing is to be made."""

    def of(self, _: Dim3 | None) -> tuple[bytes, str]:
        """The text."""
        return self.text, self.file


def tune(texts: Texts, options: Options, search: Search, track: Track = iter) -> Tuning:
    """Predict every shape that does the given launch's work.

    `options` hold the problem (`threads`, or `grid` with `block`), the kernel where there are
    several, and the launch that is given, if any. `track` is handed the shapes' names. Raises
    PtxEnergyError where the problem is not said or the reference launch cannot be predicted.
    """
    return _Tuner(texts, options, search).run(track)


class _Tuner:
    def __init__(self, texts: Texts, options: Options, search: Search) -> None:
        self.texts, self.options, self.search = texts, options, search
        self.noted: list[Run | None] = []
        self.versions: dict[tuple[bytes, str], Version] = {}
        request = options.request
        self.version = self._version(request.block)
        names = self.version.module.kernel_names
        if not names:
            raise KernelSelectionError(f"{self.version.file} has no kernel (.entry) to tune")
        if options.kernel is None and len(names) > 1:
            raise KernelSelectionError(
                f"{self.version.file} has {len(names)} kernels, say which by --kernel: "
                + ", ".join(names[:6])
            )
        self.name = select(names, options.kernel or names[0])
        self.kernel = body_of(self.version.module, self.name)
        graph = value_graph(self.version.module, self.kernel)
        self.axes = axes_read(graph, ("tid", "ntid")) or "x"
        self.required = self.kernel.directives.get("reqntid")
        self._threads(request)
        self.launch = request

    @property
    def gpu(self) -> Gpu:
        return self.version.gpu

    def _version(self, block: Dim3 | None) -> Version:
        made = self.texts.of(block)
        if made not in self.versions:
            options = replace(self.options, kernel=None, request=LaunchRequest())
            self.versions[made] = Version(*made, options, self.noted.append)
        return self.versions[made]

    def _threads(self, request: LaunchRequest) -> Dim3:
        """The problem's extents, in threads."""
        if request.threads is not None:
            return request.threads
        if request.grid is not None and request.block is not None:
            return Dim3(*(g * b for g, b in zip(request.grid, request.block, strict=True)))
        if self.search.grid_from is not None:
            return Dim3(1)
        raise LaunchError(
            "how large is the problem? Say --threads 4096x4096, --grid with --block, or "
            "--grid-from 'ceil(nx/bx), ceil(ny/by)'"
        )

    def run(self, track: Track) -> Tuning:
        wanted = self._shapes()
        heuristic = self._heuristic(wanted)
        request, given = self.options.request, self.options.request.block
        block = given or (Dim3(*_padded(self.required)) if self.required else heuristic)
        asked = self._asked(request, block)
        reference, work = self._predict(asked)
        found = reference.inspection.profile.launch
        self.launch, _ = frozen(asked, found, (self.kernel, self.kernel), pins=request.pins)
        done = {found.block: Candidate(found.block, found.grid, reference, work.doubt)}
        excluded: list[Excluded] = []
        by_name = {str(shape): shape for shape in wanted if shape != found.block}
        self.texts.prepare(by_name.values())
        for name in track(tuple(by_name)):
            shape = by_name[name]
            try:
                self._try(shape, work, done)
            except PtxEnergyError as error:
                excluded.append(Excluded(shape, str(error)))
        return self._tuning(done, tuple(excluded), (found.block, given, heuristic))

    def _shapes(self) -> Sequence[Dim3]:
        if self.search.shapes:
            return self.search.shapes
        if self.required:
            return (Dim3(*_padded(self.required)),)
        return shapes(self.gpu, self.axes, every=self.search.every)

    def _heuristic(self, wanted: Iterable[Dim3]) -> Dim3:
        """What `cudaOccupancyMaxPotentialBlockSize` would lead to: the highest occupancy, and the
        largest block of those; it knows no second dimension."""
        registers = registers_per_thread(self.kernel, self.version.module)
        static = static_shared_bytes(self.version.module, self.kernel)
        ranked: list[tuple[int, int, int, Dim3]] = []
        for shape in wanted:
            if unread_axis(shape, self.axes) is not None:
                continue
            dynamic = self._shared_bytes(shape)
            fit = occupancy(
                self.gpu,
                block_threads=shape.volume,
                registers_per_thread=registers,
                shared_bytes=static + dynamic,
            )
            if fit.blocks_per_sm:
                ranked.append((fit.warps_per_sm, shape.volume, shape.x, shape))
        return max(ranked)[3] if ranked else Dim3(_USUAL_THREADS)

    def _try(self, shape: Dim3, reference: Work, done: dict[Dim3, Candidate]) -> None:
        """Predict a shape. Raises PtxEnergyError, whose text says why it is left out."""
        axis = unread_axis(shape, self.axes)
        if axis is not None:
            raise LaunchError(f"the kernel does not look at {axis}")
        prediction, work = self._predict(self._asked(self.launch, shape))
        other, doubt = difference(work, reference)
        if other:
            raise LaunchError(other)
        grid = prediction.inspection.profile.launch.grid
        done[shape] = Candidate(shape, grid, prediction, doubt)

    def _asked(self, request: LaunchRequest, block: Dim3) -> LaunchRequest:
        shared_bytes = self._shared_bytes(block)
        asked = replace(request, block=block, shared_bytes=shared_bytes, grid=None)
        if self.search.grid_from is None:
            return replace(asked, threads=self._threads(self.options.request))
        grid = Dim3(*self.search.grid_from.at(block, self._values()))
        return replace(asked, threads=None, grid=grid)

    def _shared_bytes(self, block: Dim3) -> int:
        formula = self.search.shared_from
        if formula is None:
            return self.options.request.shared_bytes
        return formula.at(block, self._values())[0]

    def _values(self) -> dict[str, int | float]:
        """Arguments that were given as numbers, by parameter and as `argN`."""
        from ptxenergy.launch.arguments import given_values

        found: dict[str, int | float] = {}
        for (index, offset), value in given_values(
            self.kernel, self.options.request.arguments
        ).items():
            if offset == 0:
                found[f"arg{index}"] = value.value
                found[_plain(self.kernel, index)] = value.value
        return found

    def _predict(self, asked: LaunchRequest) -> tuple[Prediction, Work]:
        self.noted.clear()
        prediction = self._version(asked.block).predict(self.name, asked)
        static = static_shared_bytes(self.version.module, self.kernel)
        return prediction, Work(self.noted[-1] if self.noted else None, static + asked.shared_bytes)

    def _tuning(
        self,
        done: dict[Dim3, Candidate],
        excluded: tuple[Excluded, ...],
        named: tuple[Dim3, Dim3 | None, Dim3],
    ) -> Tuning:
        candidates = with_front(sorted(done.values(), key=_order))
        by_block = {one.block: one for one in candidates}
        reference, given, heuristic = named
        found = Tuning(
            file=self.version.file,
            kernel=self.name,
            gpu=self.gpu.id,
            reference=by_block[reference],
            candidates=candidates,
            excluded=excluded,
            given=by_block.get(given) if given else None,
            heuristic=by_block.get(heuristic),
        )
        return replace(found, interval=self._interval(found))

    def _interval(self, found: Tuning) -> Quantity | None:
        model = self.version.model
        if model is None or len(found.verified) < 2:
            return None
        least, most = found.verified[0], found.verified[-1]
        ratios = ratio(least.prediction, most.prediction, model)
        return None if ratios is None else ratios.get("energy")


def _order(one: Candidate) -> tuple[bool, float, float, float]:
    """What may be picked first, then what costs less; of equals the one nearest to 256 threads."""
    far = abs(log2(one.block.volume / _USUAL_THREADS))
    return not one.is_verified, one.energy_j, one.time_s, far


def _padded(extents: tuple[int, ...]) -> tuple[int, int, int]:
    x, y, z = (*extents, 1, 1, 1)[:3]
    return x, y, z


def _plain(kernel: Function, index: int) -> str:
    """A parameter's name as people write it: nvcc's `kernel_param_3` is `param_3`."""
    return kernel.parameters[index].name.removeprefix(f"{kernel.name}_")
