"""Causes: what was made worse is found, and all causes together are the change of the bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ptxenergy.compare.assembly import Mixer
from ptxenergy.compare.causes import causes_of, shapley
from ptxenergy.compare.parts import ATOMICS, SHARED, Side, side_of
from ptxenergy.gpu import load
from ptxenergy.model.board import Board
from ptxenergy.model.prediction import Prediction
from ptxenergy.pipeline import Options, bounds_of
from tests.compare.versions import GPU, PTX, TARGETS, compared, difference
from tests.corpus import CorpusLaunch, corpus_launches

WORSE = {
    "spread": {"load", "store"},
    "divided": {"expanded-div"},
    "spilled": {"local-memory"},
    "waiting": {"barriers"},
    "conflicting": {"shared"},
    "resident": {"occupancy"},
    "crowded": {"occupancy"},
    "counted": {"atomics"},
}
# With matrix products, textures, atomics, local memory, slow functions, exchange between lanes.
SOURCES = (
    *("gemm_wmma", "gemm_int8", "textures", "histogram", "special_functions", "tl_softmax"),
    *("nb_reduce", "cluster_reduce"),
)
WARPS = 4096 * 256 // 32
SOURCE = (PTX / "new.cu").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("kernel", "codes"), WORSE.items())
def test_what_was_made_worse_is_the_largest_cause(
    kernel: str, codes: set[str], target: str
) -> None:
    found = difference(kernel, target)
    assert found.ratios["energy"].value > 1
    first = found.causes[: len(codes)]
    assert {cause.code for cause in first} == codes
    assert all(cause.energy_j > 0 for cause in first)
    assert sum(c.energy_j for c in first) > 0.5 * sum(
        cause.energy_j for cause in found.causes if cause.energy_j > 0
    )


@pytest.mark.parametrize("target", TARGETS)
def test_causes_add_up_to_the_change_of_the_bound(target: str) -> None:
    for one in compared(target).differences:
        change = one.new.bound.energy_j - one.old.bound.energy_j
        assert sum(c.energy_j for c in one.causes) == pytest.approx(change, rel=1e-9, abs=1e-18)
        seconds = one.new.bound.time_s - one.old.bound.time_s
        assert sum(c.time_s for c in one.causes) == pytest.approx(seconds, rel=1e-9, abs=1e-20)


@pytest.mark.parametrize(
    ("kernel", "old", "new", "statement"),
    [
        ("spread", 4, 32, "out[i] = 2.0f * in[i];"),
        ("divided", 0, WARPS, "out[i] = in[i] / by;"),
        ("waiting", WARPS, 4 * WARPS, "__syncthreads();"),
        # 16 bytes a lane are stored, in 16 sectors a warp; of any of 4 words one is loaded: 32.
        ("spilled", 0, WARPS * (16 + 32) * 32, "out[i] = window[order[i] & 3] + window[3];"),
        ("resident", 64, 32, None),
        # Four lanes of a warp meet on each of eight counters.
        ("counted", 1, 4, "atomicAdd(&out[i & 7], in[i]);"),
    ],
)
def test_causes_are_told_in_counts_and_at_their_line(
    kernel: str, old: float, new: float, statement: str | None
) -> None:
    counted = difference(kernel).causes[0].counted
    assert (counted.old, counted.new) == (old, new)
    if statement is None:
        assert counted.places == ()
        return
    place = counted.places[0]
    assert place.file == "tests/compare/ptx/new.cu"
    assert SOURCE[place.line - 1].strip() == statement


@pytest.mark.parametrize(
    ("kernel", "said"),
    [
        ("resident", "limited by shared, shared memory 2,048 → 50,176 B a block"),
        ("crowded", "limited by registers, registers 32 → 43 a thread"),
        ("divided", "div.rn.f32: about 10 machine instructions"),
        ("conflicting", "bank conflicts"),
    ],
)
def test_what_lies_behind_a_cause_is_said(kernel: str, said: str) -> None:
    assert difference(kernel).causes[0].counted.detail == said


def test_the_same_kernel_has_no_cause() -> None:
    same = difference("unchanged")
    assert same.causes == ()
    assert {one.value for one in same.ratios.values()} == {1.0}


@pytest.mark.parametrize("kernel", WORSE)
def test_going_back_undoes_every_cause(kernel: str) -> None:
    one, gpu = difference(kernel), load("h200")
    old, new = side_of(one.old, gpu), side_of(one.new, gpu)
    back = {c.code: c for c in causes_of(new, old, gpu, Board())}
    assert set(back) == {c.code for c in one.causes}
    for cause in one.causes:
        scale = abs(one.bound_change_j)
        assert back[cause.code].energy_j == pytest.approx(-cause.energy_j, abs=1e-9 * scale)


def corpus_pairs() -> Iterator[tuple[str, Prediction, Prediction]]:
    """The same kernel by two compilers or for two targets."""
    by_kernel: dict[tuple[str, str], list[CorpusLaunch]] = {}
    for launch in corpus_launches():
        if launch.source in SOURCES:
            by_kernel.setdefault((launch.source, launch.label), []).append(launch)
    for (source, label), found in by_kernel.items():
        first, last = found[0], found[-1]
        bounds = [
            next(bounds_of(one.path.read_bytes(), one.path.name, [options]))
            for one in (first, last)
            for options in [Options(kernel=one.kernel, request=one.request)]
        ]
        if all(isinstance(bound, Prediction) for bound in bounds):
            yield f"{source}:{label}", *bounds  # type: ignore[misc]


@pytest.fixture(scope="module")
def pairs() -> list[tuple[str, Prediction, Prediction]]:
    return list(corpus_pairs())


def test_a_mixture_of_nothing_or_of_everything_is_the_very_bound(
    pairs: list[tuple[str, Prediction, Prediction]],
) -> None:
    """For kernels of the corpus with matrix products, local memory, atomics and calls."""
    gpu = load("h200")
    groups = {name for _, old, _ in pairs for name in side_of(old, gpu).amounts}
    assert groups >= {"tensor", "textures", ATOMICS, "barriers", SHARED, "expanded:div"}
    for name, old, new in pairs:
        mixer = Mixer(side_of(old, gpu), side_of(new, gpu), gpu, Board())
        for taken, bound in (((), old.bound), (mixer.changed(), new.bound)):
            made = mixer.bound(taken)
            assert made.energy_j == pytest.approx(bound.energy_j, rel=1e-12), name
            assert made.time_s == pytest.approx(bound.time_s, rel=1e-12), name
            assert made.times_s == pytest.approx(dict(bound.times_s), rel=1e-9), name


def test_causes_of_corpus_kernels_add_up(pairs: list[tuple[str, Prediction, Prediction]]) -> None:
    gpu = load("h200")
    for name, old, new in pairs[:8]:
        found = causes_of(side_of(old, gpu), side_of(new, gpu), gpu, Board())
        change = new.bound.energy_j - old.bound.energy_j
        total = sum(cause.energy_j for cause in found)
        assert total == pytest.approx(change, rel=1e-9, abs=1e-12 * old.bound.energy_j), name


def test_a_part_that_only_one_version_has_is_zero_in_the_other() -> None:
    gpu = load(GPU["sm_90"])
    one = side_of(difference("divided").new, gpu)
    without = replace(one, amounts={n: a for n, a in one.amounts.items() if "div" not in n})
    mixer = Mixer(without, one, gpu, Board())
    assert mixer.changed() == ("expanded:div",)
    assert mixer.bound(("expanded:div",)).energy_j == difference("divided").new.bound.energy_j


@given(st.dictionaries(st.sampled_from("abcde"), st.floats(-5, 5), min_size=1))
def test_players_that_do_not_meet_get_what_they_move(own: dict[str, float]) -> None:
    def effect(parts: tuple[str, ...]) -> tuple[float, float]:
        return sum(own[p] for p in parts), 2 * sum(own[p] for p in parts)

    shares = shapley([(name,) for name in own], effect)
    for name, value in own.items():
        assert shares[name,] == pytest.approx((value, 2 * value), abs=1e-9)


@given(st.lists(st.floats(-5, 5), min_size=8, max_size=8))
def test_shares_are_the_mean_over_all_orders(values: list[float]) -> None:
    names = ("a", "b", "c")
    games: Mapping[frozenset[str], float] = {
        frozenset(n for i, n in enumerate(names) if mask >> i & 1): values[mask]
        for mask in range(8)
    }

    def effect(parts: tuple[str, ...]) -> tuple[float, float]:
        return games[frozenset(parts)], 0.0

    shares = shapley([(name,) for name in names], effect)
    orders = list(permutations(names))
    for name in names:
        moved = [
            effect(order[: order.index(name) + 1])[0] - effect(order[: order.index(name)])[0]
            for order in orders
        ]
        assert shares[name,][0] == pytest.approx(sum(moved) / len(orders), abs=1e-9)


def test_sides_hold_every_instruction_once() -> None:
    side: Side = side_of(difference("spilled").new, load("h200"))
    issued = [i for i in side.prediction.inspection.profile.instructions if i.warp]
    assert sorted(id(i) for items in side.instructions.values() for i in items) == sorted(
        map(id, issued)
    )
