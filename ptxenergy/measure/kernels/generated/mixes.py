"""Random mixes of all units, seeded: single units alone would train a model on corners."""

from __future__ import annotations

import random
from dataclasses import replace

from ptxenergy.measure.kernels.generated.atomic import GlobalAtomic
from ptxenergy.measure.kernels.generated.control import ActiveLanes, Barrier, DataBranch
from ptxenergy.measure.kernels.generated.fixed import Constant, Local
from ptxenergy.measure.kernels.generated.floating import Rotation, Sums
from ptxenergy.measure.kernels.generated.gather import Chase, Gather
from ptxenergy.measure.kernels.generated.integer import Division, Words
from ptxenergy.measure.kernels.generated.kernel import GeneratedKernel
from ptxenergy.measure.kernels.generated.lanes import Across
from ptxenergy.measure.kernels.generated.loops import DataLoop, Intensity, LaneLoop
from ptxenergy.measure.kernels.generated.matrix import SHAPES, Matrix
from ptxenergy.measure.kernels.generated.operations import OPERATIONS
from ptxenergy.measure.kernels.generated.shared import CopyAsync, Exchange, SharedAtomic, Table
from ptxenergy.measure.kernels.generated.special import FUNCTIONS, Special
from ptxenergy.measure.kernels.generated.stream import Stream
from ptxenergy.measure.kernels.generated.unit import Unit

COUNT, SEED = 36, 20260101
_MOST_MEMORY = 2


def mixes() -> tuple[GeneratedKernel, ...]:
    """`COUNT` kernels of three to six units each, the same ones for ever."""
    generator = random.Random(SEED)
    return tuple(
        GeneratedKernel(f"gen_mix_{number:02}", _mixed(generator), "mix") for number in range(COUNT)
    )


def _mixed(generator: random.Random) -> tuple[Unit, ...]:
    """Compute and at least one access to memory; at most two, so that neither always wins."""
    memory = [_memory(generator) for _ in range(generator.randint(1, _MOST_MEMORY))]
    rest = [_other(generator) for _ in range(generator.randint(2, 4))]
    units = memory + rest
    generator.shuffle(units)
    return tuple(replace(unit, tag=f"_{number}") for number, unit in enumerate(units, start=1))


def _memory(generator: random.Random) -> Unit:
    repeats = generator.randint(1, 3)
    stream = Stream(
        repeats=repeats,
        mode=generator.choice(("read", "read", "write", "copy")),
        width=generator.choice((1, 2, 4)),
    )
    return generator.choice(
        (
            stream, stream, stream, Gather(repeats=repeats), Gather(by="index"),
            Chase(ilp=repeats), Intensity(), CopyAsync(),
            GlobalAtomic(operation=generator.choice(("add", "add_f32"))),
        )
    )  # fmt: skip


def _other(generator: random.Random) -> Unit:
    ilp, repeats = generator.choice((1, 2, 4, 8)), generator.randint(1, 4)
    small = min(ilp, 2)
    chain = _chain(generator, ilp, repeats)
    return generator.choice(
        (
            chain, chain, chain, chain,
            Across(ilp=small, repeats=repeats, operation=generator.choice(_ACROSS)),
            Matrix(ilp=min(ilp, 4), repeats=1, operands=generator.choice(sorted(SHAPES))),
            Table(repeats=repeats, width=generator.choice((1, 2, 4))),
            Exchange(ilp=1, repeats=1, most=8), SharedAtomic(repeats=1),
            Constant(repeats=repeats), Local(repeats=repeats), Division(repeats=1),
            Barrier(ilp=ilp, repeats=repeats, scope=generator.choice(("block", "warp"))),
            ActiveLanes(inner=chain), DataBranch(), LaneLoop(), DataLoop(),
        )
    )  # fmt: skip


def _chain(generator: random.Random, ilp: int, repeats: int) -> Unit:
    """Arithmetic of one kind."""
    format_ = generator.choice(("fp32", "fp32", "fp64", "fp16x2", "bf16x2"))
    operation = generator.choice(sorted(OPERATIONS))
    function = generator.choice(sorted(FUNCTIONS))
    return generator.choice(
        (
            Rotation(ilp=ilp, repeats=repeats, format=format_),
            Sums(ilp=ilp, repeats=repeats, operation=generator.choice(("add", "mul"))),
            Words(ilp=min(ilp, 4), repeats=repeats, operation=operation),
            Special(ilp=min(ilp, 2), repeats=min(repeats, 2), function=function),
        )
    )


_ACROSS = ("xor", "down", "up", "idx", "ballot", "any", "redux")
