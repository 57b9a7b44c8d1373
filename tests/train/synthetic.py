"""Tables without PTX: a made-up truth over a few features, with families, kernels and repeats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from ptxenergy.features.feature_set import Feature, FeatureSet
from ptxenergy.train.fitting import Settings
from ptxenergy.train.material import Material
from ptxenergy.train.rows import Launched, Measured, MeasuredRow, Rows, Tags
from ptxenergy.train.table import Counted, Table

FEATURES = FeatureSet(
    "synthetic",
    (
        Feature("crowding", "1", "raises time", {"time": 1}),
        Feature("mix", "1", "raises or lowers power"),
        Feature("idle", "1", "says nothing"),
    ),
)
QUICK = (Settings(0.1, 30, 4, 5), Settings(0.2, 40, 6, 5))
"""Candidates that fit in a blink."""


@dataclass(frozen=True, slots=True)
class World:
    """How the made-up rows come about. `family_spread`: of each family's own hidden factor."""

    families: int = 12
    kernels: int = 2
    points: int = 8
    generated: int = 0
    repeats: int = 1
    campaigns: int = 1
    family_spread: float = 0.05
    noise: float = 0.01
    seed: int = 0


def table(world: World | None = None) -> Table:
    """Rows of every family, kernel, point and repeat."""
    world = world or World()
    random = np.random.default_rng(world.seed)
    counted, tags, measured = [], [], []
    names = [f"family{n}" for n in range(world.families)]
    names += [f"generated:kind{n}" for n in range(world.generated)]
    for family in names:
        hidden = random.normal(0, world.family_spread)
        for kernel in range(world.kernels):
            for point in range(world.points):
                one = _counted(random)
                for repeat in range(world.repeats):
                    counted.append(one)
                    campaign = (point + repeat) % world.campaigns
                    tags.append(_tags(family, f"{family}_{kernel}", point, campaign))
                    measured.append(_measured(one, hidden, random.normal(0, world.noise, 2)))
    return Table(FEATURES, tuple(counted), tuple(tags), tuple(measured))


def shuffled(known: Table, seed: int = 0) -> Table:
    """The same rows with labels of others: measured over bound tells nothing of the features."""
    order = np.random.default_rng(seed).permutation(len(known))
    measured = [
        replace(
            known.measured[other],
            time_s=known.measured[other].time_s
            / known.counted[other].bound_time_s
            * known.counted[row].bound_time_s,
            power_w=known.measured[other].power_w
            / known.counted[other].bound_power_w
            * known.counted[row].bound_power_w,
        )
        for row, other in enumerate(order.tolist())
    ]
    with_energy = [replace(m, energy_j=m.time_s * m.power_w) for m in measured]
    return Table(known.feature_set, known.counted, known.tags, tuple(with_energy))


def material(known: Table, cards: int = 1) -> Material:
    """What an evaluation takes; every fourth row is pinned and looks the same without its pins."""
    rows = tuple(
        MeasuredRow(_launched(row), tags, measured)
        for row, (tags, measured) in enumerate(zip(known.tags, known.measured, strict=True))
    )
    pinned = [row for row in range(len(known)) if rows[row].launched.pins]
    return Material(Rows(rows, "0" * 64, cards, {}), known, known.take(pinned))


def _launched(row: int) -> Launched:
    pins = (("trip", 7, 3.0),) if row % 4 == 0 else ()
    return Launched("k.ptx", "0" * 64, "k", (1, 1, 1), (32 * (row % 8 + 1), 1, 1), 0, (), pins)


def _counted(random: np.random.Generator) -> Counted:
    crowding, mix, idle = random.uniform(0, 2, 3)
    return Counted(
        features=(crowding, mix, idle),
        bound_time_s=10 ** random.uniform(-5, -3),
        bound_power_w=random.uniform(150, 500),
        shares={"issue": 1.0, "tensor": 0.5 if mix > 1.9 else 0.0},
    )


def _tags(family: str, kernel: str, point: int, campaign: int) -> Tags:
    return Tags(
        point_id=f"{kernel}-{point}",
        campaign_id=f"2026010{campaign + 1}T000000-1",
        gpu="simulated",
        kernel=kernel,
        family=family,
        study="breadth",
        size=f'{{"n": {point % 2}}}',
        cache_mode="warm",
        data_kind="random",
        started_utc=f"2026-01-0{campaign + 1}T00:00:00+00:00",
        is_anchor=False,
    )


def _measured(one: Counted, hidden: float, noise: np.ndarray) -> Measured:
    crowding, mix, _ = one.features
    time_s = one.bound_time_s * np.exp(0.2 + 0.8 * crowding + hidden + noise[0])
    power_w = one.bound_power_w * np.exp(0.3 * np.sin(3 * mix) + noise[1] / 2)
    return Measured(
        energy_j=float(time_s * power_w),
        time_s=float(time_s),
        power_w=float(power_w),
        registers_per_thread=32,
        static_shared_bytes=0,
        flags=frozenset({"power-capped"} if power_w > 500 else ()),
        ok=True,
    )
