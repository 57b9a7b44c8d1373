"""The plan: which launches are worth measuring, in parts, deterministic for a catalog and a seed.

- `anchor`: three fixed kernels that tie campaigns together.
- `breadth`: every kernel over its sizes and shapes. The first quarter covers every kernel once.
- `shape`: one size of a kernel in ten shapes or more, at equal work.
- `short`, `long`, `blocks`: launches of 1–5 µs and of 20–200 ms; grids about a whole wave of SMs.
- `data`: other contents of the buffers, to state what values do; not trained on.

A subset is repeated with a `rotated` cache: enough sets of buffers that none is found in L2.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TypeVar

from ptxenergy.measure.kernels.catalog import Entry
from ptxenergy.measure.kernels.compile import Compiled, Target
from ptxenergy.measure.kernels.generated import GeneratedKernel
from ptxenergy.measure.kernels.kernel import Data, Extent, Size
from ptxenergy.measure.planning.facts import FactFinder
from ptxenergy.measure.planning.launches import Launch, legal_blocks, shape_study, spread
from ptxenergy.measure.planning.point import Point

SEED = 20260101
LAUNCHES_REAL, LAUNCHES_GENERATED = 10, 6
SHAPES_PER_STUDY, REAL_STUDIES, STUDIES = 12, 60, 64
SHORT_S, MOST_SHORT_S = (2.8e-6, 4.2e-6), 4.8e-6
# Predicted times lie between a fifth and once the estimates: long launches aim high.
LONG_S, BLOCKS_S = (80e-3, 110e-3, 150e-3), 150e-6
BLOCKS = (1, 33, 66, 132, 133)
L2_BYTES, ROTATED, MOST_SETS = 50 * 2**20, 110, 64
DATA_KERNELS = 20
DATA_FIRST = (
    *("gemm_tiled", "gemm_mma_half", "vector_add", "stencil_2d5", "attention_flash", "fft_shared"),
    *("gen_fp32_fma_i4", "gen_mma_f16", "gen_global_copy_w4", "gen_shared_table_w4"),
)
ANCHOR_S = 1e-3
ANCHORS = ("gen_fp32_fma_i4", "gen_global_copy_w4", "gemm_tiled")
_TWO_FIVE_SIX = Extent(256)
Item = TypeVar("Item")


class PlanError(ValueError):
    """A plan that cannot be made: a kernel without PTX, or an anchor that is missing."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A kernel with what is known of it."""

    entry: Entry
    compiled: Compiled
    finder: FactFinder

    @property
    def target(self) -> Target:
        """The PTX that is measured."""
        return self.compiled.targets[self.entry.kernel.architecture]

    @property
    def name(self) -> str:
        """The kernel's name."""
        return self.entry.kernel.name


def plan(entries: Sequence[Entry], index: Mapping[str, Compiled], seed: int = SEED) -> list[Point]:
    """All points, in plan order, without pins yet. Raises PlanError where a kernel was never
    compiled.
    """
    candidates = [_candidate(entry, index) for entry in entries]
    special = [
        *_anchors(candidates),
        *_shapes(candidates),
        *_extremes(candidates),
        *_contents(candidates),
    ]
    taken = {point.point_id for point in special}
    rows = [[p for p in _breadth(c, seed) if p.point_id not in taken] for c in _turns(candidates)]
    breadth = [point for turn in zip_longest(*rows) for point in turn if point is not None]
    rotated = _rotated([*breadth, *special])
    return _unique([*_covering(breadth, special), *breadth, *special, *rotated])


def pinned(points: Iterable[Point], entries: Iterable[Entry]) -> Iterator[Point]:
    """The points with what their data decides, which takes minutes: it is computed from the data
    at full size, once for each size of a kernel. Raises MarkerError where a pin has no PTX line.
    """
    finders = {entry.kernel.name: FactFinder(entry) for entry in entries}
    for point in points:
        yield replace(point, pins=finders[point.kernel].pins(point.size, point.data))


def _candidate(entry: Entry, index: Mapping[str, Compiled]) -> Candidate:
    name = entry.kernel.name
    if name not in index:
        raise PlanError(f"{name} was never compiled: run `ptxenergy measure compile`")
    return Candidate(entry, index[name], FactFinder(entry))


def _turns(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Real and generated kernels in turn, so that a plan that is cut short holds both."""
    real = [c for c in candidates if not c.entry.kernel.is_generated]
    generated = [c for c in candidates if c.entry.kernel.is_generated]
    return [c for pair in zip_longest(real, generated) for c in pair if c is not None]


def _point(candidate: Candidate, launch: Launch, study: str, data: Data | None = None) -> Point:
    kernel, contents = candidate.entry.kernel, data or Data()
    facts = candidate.finder.facts(launch.size, contents)
    return Point(
        kernel=kernel.name,
        family=kernel.family,
        entry=kernel.entry,
        source_sha256=candidate.compiled.source_sha256,
        ptx_path=f"ptx/{kernel.architecture}/{kernel.name}.ptx.gz",
        ptx_sha256=candidate.target.ptx_sha256,
        compile_options=(f"-arch={kernel.architecture}", *candidate.compiled.options),
        size=dict(launch.size),
        grid=kernel.grid(launch.size, launch.block),
        block=launch.block,
        dynamic_shared_bytes=kernel.dynamic_shared_bytes(launch.size, launch.block),
        scalars=facts.scalars,
        footprint_bytes=facts.footprint_bytes,
        data=contents,
        study=study,
    )


def _breadth(candidate: Candidate, seed: int) -> list[Point]:
    kernel = candidate.entry.kernel
    count = LAUNCHES_GENERATED if kernel.is_generated else LAUNCHES_REAL
    launches = spread(candidate.entry, candidate.target, count, seed)
    return [_point(candidate, launch, "breadth") for launch in launches]


def _anchors(candidates: Sequence[Candidate]) -> Iterator[Point]:
    by_name = {candidate.name: candidate for candidate in candidates}
    for name in ANCHORS:
        if name not in by_name:
            raise PlanError(f"the anchor {name} is not among the kernels")
        candidate = by_name[name]
        if candidate.entry.kernel.is_generated:
            size = _sized(candidate, ANCHOR_S, 1_081_000)
        else:
            size = candidate.entry.kernel.sizes[-1]
        block = legal_blocks(candidate.entry, candidate.target, size)[0]
        yield _point(candidate, Launch(size, block), "anchor")


def _shapes(candidates: Sequence[Candidate]) -> Iterator[Point]:
    """Real kernels first; generated ones fill up."""
    real = [c for c in candidates if not c.entry.kernel.is_generated]
    generated = [c for c in candidates if c.entry.kernel.is_generated]
    studied = 0
    for candidate in [*_even(real, len(real)), *_even(generated, len(generated) // 3)]:
        most = REAL_STUDIES if not candidate.entry.kernel.is_generated else STUDIES
        launches = shape_study(candidate.entry, candidate.target, SHAPES_PER_STUDY)
        if launches and studied < most:
            studied += 1
            yield from (_point(candidate, launch, "shape") for launch in launches)


def _extremes(candidates: Sequence[Candidate]) -> Iterator[Point]:
    """Launches that are very short, very long, or of very few blocks."""
    generated = [c for c in candidates if isinstance(c.entry.kernel, GeneratedKernel)]
    real = [c for c in candidates if not c.entry.kernel.is_generated]
    for candidate in real:
        size = candidate.entry.kernel.check_size
        for block in legal_blocks(candidate.entry, candidate.target, size)[:1]:
            yield _point(candidate, Launch(size, block), "short")
    quick = [c for c in generated if _takes_s(c, _sized(c, SHORT_S[1], 4221)) < MOST_SHORT_S]
    for number, candidate in enumerate(_even(quick, 40)):
        size = _sized(candidate, SHORT_S[1 - number % 2], 4221)
        yield _point(candidate, Launch(size, _TWO_FIVE_SIX), "short")
    for number, candidate in enumerate(_even(generated[2:], 40)):
        size = _sized(candidate, LONG_S[number % 3], 270_300)
        yield _point(candidate, Launch(size, _TWO_FIVE_SIX), "long")
    for candidate in _even(generated[4:], 14):
        size = _sized(candidate, BLOCKS_S, 132 * _TWO_FIVE_SIX.volume)
        for blocks in BLOCKS:
            sized = {**size, "threads": blocks * _TWO_FIVE_SIX.volume}
            yield _point(candidate, Launch(sized, _TWO_FIVE_SIX), "blocks")


def _sized(candidate: Candidate, time_s: float, threads: int) -> Size:
    kernel = candidate.entry.kernel
    if not isinstance(kernel, GeneratedKernel):
        raise PlanError(f"{kernel.name} is not generated: it cannot be sized by time")
    first = {n: v for n, v in kernel.sizes[0].items() if n not in ("threads", "trips")}
    return kernel.size_for(time_s, threads, first)


def _takes_s(candidate: Candidate, size: Size) -> float:
    kernel = candidate.entry.kernel
    if not isinstance(kernel, GeneratedKernel):
        raise PlanError(f"{kernel.name} is not generated: nobody knows how long it takes")
    return kernel.estimated_time_s(size, _TWO_FIVE_SIX)


def _contents(candidates: Sequence[Candidate]) -> Iterator[Point]:
    """Kernels that no data steers, with zeros, one constant, and mostly zeros."""
    free = [c for c in _turns(candidates) if not c.finder.has_pins]
    first = [c for c in free if c.name in DATA_FIRST]
    rest = [c for c in free if c.name not in DATA_FIRST]
    for candidate in [*first, *_even(rest, DATA_KERNELS - len(first))]:
        for launch in spread(candidate.entry, candidate.target, 1, 0):
            yield _point(candidate, launch, "data", Data("zeros"))
            yield _point(candidate, launch, "data", Data("constant"))
            yield _point(candidate, launch, "data", Data("sparse"))


def _rotated(points: Sequence[Point]) -> list[Point]:
    """One launch of each kernel whose buffers fit L2 and can be rotated out of it."""
    fitting: dict[str, Point] = {}
    for point in points:
        is_plain = point.study in ("breadth", "shape") and point.data == Data()
        sets = math.ceil(3 * L2_BYTES / max(1, point.footprint_bytes))
        if is_plain and point.footprint_bytes <= L2_BYTES and sets <= MOST_SETS:
            wider = replace(point, cache_mode="rotated", buffer_sets=sets, study="breadth")
            fitting.setdefault(point.kernel, wider)
    return list(_even(list(fitting.values()), ROTATED))


def _covering(breadth: Sequence[Point], special: Sequence[Point]) -> list[Point]:
    """Kernels whose every launch is in a study: one of them, to stand first."""
    covered = {point.kernel for point in breadth}
    found: dict[str, Point] = {}
    for point in special:
        if point.kernel not in covered:
            found.setdefault(point.kernel, point)
    return list(found.values())


def _unique(points: Iterable[Point]) -> list[Point]:
    found: dict[str, Point] = {}
    for point in points:
        found.setdefault(point.point_id, point)
    return list(found.values())


def _even(items: Sequence[Item], count: int) -> Iterator[Item]:
    """`count` of the items, evenly spaced, all of them where there are no more."""
    step = max(1.0, len(items) / count) if count else 1.0
    yield from (items[int(k * step)] for k in range(min(count, len(items))))
