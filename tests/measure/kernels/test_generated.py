"""Generated kernels do what their emulation says, wander, and are as many as promised."""

from __future__ import annotations

import re

import numpy as np
import pytest

from ptxenergy.measure.campaign.verify import Arguments, verify
from ptxenergy.measure.kernels.catalog import Entry, read_ptx
from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.generated import GeneratedKernel, kernels
from ptxenergy.measure.kernels.generated.floating import Rotation
from ptxenergy.measure.kernels.generated.listing import SINGLES
from ptxenergy.measure.kernels.generated.matrix import SHAPES, Matrix
from ptxenergy.measure.kernels.generated.unit import Threads, Unit
from ptxenergy.measure.kernels.kernel import Data, Extent
from tests.measure.dataset import DATASETS, entries
from tests.measure.kernel_oracle import faults, outcome

ENTRIES = tuple(e for e in entries() if e.kernel.is_generated)
TENSOR = re.compile(r"\b(?:mma\.sync|wgmma\.mma_async|cp\.async\.bulk)[.\w:]*")


@pytest.mark.parametrize("entry", ENTRIES, ids=[e.kernel.name for e in ENTRIES])
def test_the_reference_interpreter_agrees_with_the_emulation(entry: Entry) -> None:
    for block in (Extent(256), Extent(32, 8)):
        assert not faults(entry.kernel, outcome(entry, block))


def test_verify_has_something_to_compare_with() -> None:
    """A launch that does nothing is a fault, with tensor cores and bulk copies, too."""
    chosen = [entry for entry in ENTRIES if TENSOR.search(read_ptx(entry.ptx).decode())]
    assert len(chosen) >= 15

    found = list(verify(chosen, Untouched()))
    assert {check.kernel for check in found} == {entry.kernel.name for entry in chosen}
    assert all("argument" in check.fault for check in found)


class Untouched:
    """A GPU that launches nothing."""

    def launched(self, entry: Entry, block: Extent) -> tuple[Arguments, Arguments]:
        return self.made(entry), self.made(entry)

    def made(self, entry: Entry) -> Arguments:
        return entry.kernel.arguments(np, entry.kernel.check_size, Data())


def test_the_oracle_would_see_a_wrong_emulation() -> None:
    """A kernel whose emulation turns the other way must not pass."""
    entry = next(e for e in ENTRIES if e.kernel.name == "gen_fp32_fma_i1")
    kernel = GeneratedKernel("gen_fp32_fma_i1", (Rotation(ilp=1, repeats=11),), "fp32")
    wrong = Entry(kernel, entry.source, entry.ptx, entry.definition, entry.source_name)
    assert faults(kernel, outcome(wrong, Extent(256)))


def test_there_are_as_many_as_promised() -> None:
    names = [kernel.name for kernel in kernels()]
    assert len(names) == len(set(names)) >= 70
    assert sum(name.startswith("gen_mix_") for name in names) >= 30


@pytest.mark.parametrize("kernel", kernels(), ids=lambda kernel: kernel.name)
def test_at_least_two_parameters_change_what_is_counted(kernel: GeneratedKernel) -> None:
    varied = [name for name in kernel.check_size if len({s[name] for s in kernel.sizes}) > 1]
    assert {"threads", "trips"} <= set(varied)
    assert len(kernel.sizes) >= 3
    assert all(set(size) == set(kernel.check_size) for size in kernel.sizes)
    times = [kernel.estimated_time_s(size, Extent(256)) for size in kernel.sizes]
    assert all(4e-6 < time_s < 60e-3 for time_s in times)


def test_the_same_kernels_are_made_every_time() -> None:
    folder = DATASETS / "kernels" / "generated"
    assert [k.source(folder) for k in kernels()] == [e.kernel.source(folder) for e in _in_order()]


def _in_order() -> list[Entry]:
    by_name = {entry.kernel.name: entry for entry in ENTRIES}
    return [by_name[kernel.name] for kernel in kernels()]


FLOATING = [(name, unit) for name, _, unit in SINGLES if re.match(r"fp|bf|sfu|precise", name)]


@pytest.mark.parametrize(("name", "unit"), FLOATING, ids=[name for name, _ in FLOATING])
def test_values_wander(name: str, unit: Unit) -> None:
    """After many trips all values are finite, normal, bounded, and still change within 16 trips."""
    threads = Threads(256, uniform(np, (256,), np.float32, Data()), {"trips": 300})
    state = unit.begin(threads)
    for trip in range(300):
        unit.step(threads, state, trip)
    smallest = {np.dtype(np.float16): 6e-5}
    for key, values in state.items():
        size = np.abs(values.astype(np.float64))
        assert np.isfinite(size).all()
        assert size.max() < 8
        assert np.median(size) > smallest.get(values.dtype, 1e-30), key
    if name != "fp32_mul_i4":  # there and back within each trip
        before = {key: values.copy() for key, values in state.items()}
        unit.step(threads, state, 300)
        changed = [float((before[key] != state[key]).mean()) for key in state]
        assert min(changed) > 0.9


@pytest.mark.parametrize("operands", sorted(SHAPES))
def test_fragments_cover_each_matrix_once(operands: str) -> None:
    """Every cell of A, B and C belongs to exactly one value of one lane (PTX ISA, mma layouts)."""
    shape = SHAPES[operands]
    m, n, k = shape.mnk
    a, b, _ = shape.registers
    per = shape.values_per_register
    counts_c = 2 if operands == "f64" else 4
    for extents, places, count in (
        ((m, k), shape.places_a, a * per),
        ((k, n), shape.places_b, b * per),
        ((m, n), shape.places_c, counts_c),
    ):
        seen = np.zeros(extents, int)
        for value in range(count):
            rows, columns = places(value)
            np.add.at(seen, (rows, columns), 1)
        assert (seen == 1).all()


def test_a_known_fragment_is_where_the_isa_says() -> None:
    """PTX ISA, mma.m16n8k16: lane 5's a6 is at row 9, column 10; its b3 at row 11, column 1."""
    shape = SHAPES["f16"]
    assert [int(x[5]) for x in shape.places_a(6)] == [9, 10]
    assert [int(x[5]) for x in shape.places_b(3)] == [11, 1]
    assert [int(x[5]) for x in shape.places_c(2)] == [9, 2]
    bytes_ = SHAPES["s8"]
    assert [int(x[5]) for x in bytes_.places_a(13)] == [9, 21]
    assert [int(x[5]) for x in bytes_.places_b(6)] == [22, 1]


def test_accumulators_stay_bounded() -> None:
    """A turns so that the products of eight trips sum to nothing."""
    threads = Threads(64, uniform(np, (64,), np.float32, Data()), {})
    unit = Matrix(ilp=1, repeats=1, operands="f16")
    state, largest = unit.begin(threads), []
    for trip in range(64):
        unit.step(threads, state, trip)
        largest.append(float(np.abs(state["c0_0"]).max()))
    assert 0.01 < max(largest) < 16
    assert max(largest[-8:]) == pytest.approx(max(largest[:8]), rel=1e-3)
