"""What block shape does to energy at equal work, beyond noise. Locked families stay closed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from ptxenergy.findings.data_set import DataSet
from ptxenergy.findings.noise import excess, noise_of
from ptxenergy.findings.values import Exceeding, KernelShapes, Noise, Regrets, Shapes
from ptxenergy.measure.kernels.families import GENERATED
from ptxenergy.measure.kernels.kernel import Extent
from ptxenergy.measure.rows.shape_study import RULES, Measurement, Shape, Study, studies_of

LIMITS = (0.0, 0.02, 0.05, 0.2)


def shapes_of(known: DataSet) -> Shapes:
    """Everything that the shape study shows. Generated kernels are left out where real ones are."""
    noise = noise_of(known.shown)
    plain = known.plain[known.plain["study"] == "shape"]
    shown = plain[~plain["is_locked"]]
    real = shown[shown["group"] != GENERATED]
    looked_at = real if len(real) else shown
    families = dict(zip(looked_at["kernel"], looked_at["family"], strict=True))
    studies = studies_of(_measurement(row) for row in looked_at.to_dict("records"))
    kernels = tuple(_kernel(study, families[study.kernel], noise) for study in studies)
    judged = [study for study in studies if study.is_judged]
    return Shapes(
        noise=noise,
        kernels=tuple(sorted(kernels, key=lambda one: (-one.worst, one.kernel))),
        locked=plain[plain["is_locked"]]["kernel"].nunique(),
        few=looked_at["kernel"].nunique() - len({one.kernel for one in kernels}),
        generated_left_out=shown["kernel"].nunique() - looked_at["kernel"].nunique(),
        worst=_exceeding(kernels, lambda one: (one.worst, one.worst_low)),
        fastest=_exceeding(kernels, lambda one: (one.fastest, one.fastest_low)),
        picked=_exceeding(kernels, lambda one: (one.picked, one.picked_low)),
        other_fastest=sum(one.fastest_block != one.best_block for one in kernels),
        trade_offs=None if noise.energy is None else sum(map(is_trade_off, kernels)),
        judged=len(judged),
        regrets=_regrets(judged),
    )


def is_trade_off(one: KernelShapes) -> bool:
    """Whether the fastest shape takes more energy, and the least energy more time, beyond noise."""
    return (one.fastest_low or 0) > 1 and (one.slower_low or 0) > 1


def block_text(block: Extent) -> str:
    """A block as it is typed: `256`, `32x8`, `8x8x4`."""
    extents = [block.x, block.y, block.z]
    while len(extents) > 1 and extents[-1] == 1:
        extents.pop()
    return "x".join(map(str, extents))


def _measurement(row: dict[str, object]) -> Measurement:
    names = Measurement.__slots__
    return Measurement(
        **{name: row[name] for name in names if name != "block"},  # type: ignore[arg-type]
        block=Extent(*(int(row[f"block_{axis}"]) for axis in "xyz")),  # type: ignore[call-overload]
    )


def _kernel(study: Study, family: str, noise: Noise) -> KernelShapes:
    shapes, picked = study.shapes, study.picked
    best, worst = min(shapes, key=_energy), max(shapes, key=_energy)
    fastest = min(shapes, key=_time)
    test = partial(_over, degrees=noise.degrees, shapes=len(shapes))
    worst_ratio, worst_low = test(_energy, worst, best, noise.energy)
    fastest_ratio, fastest_low = test(_energy, fastest, best, noise.energy)
    slower, slower_low = test(_time, best, fastest, noise.time)
    picked_ratio, picked_low = (
        (None, None) if picked is None else test(_energy, picked, best, noise.energy)
    )
    return KernelShapes(
        kernel=study.kernel,
        family=family,
        size=study.size,
        measurements=sum(len(shape.energies_j) for shape in shapes),
        best_block=block_text(best.block),
        fastest_block=block_text(fastest.block),
        picked_block=None if picked is None else block_text(picked.block),
        worst=worst_ratio,
        worst_low=worst_low,
        fastest=fastest_ratio,
        fastest_low=fastest_low,
        slower=slower,
        slower_low=slower_low,
        picked=picked_ratio,
        picked_low=picked_low,
        relative={block_text(s.block): _energy(s) / _energy(best) for s in shapes},
    )


def _over(
    of: Callable[[Shape], float],
    above: Shape,
    below: Shape,
    sd: float | None,
    *,
    degrees: int,
    shapes: int,
) -> tuple[float, float | None]:
    """The ratio of two of so many shapes, and what of it is beyond noise."""
    ratio = of(above) / of(below)
    if above is below:
        return ratio, None if sd is None else 1.0
    counts = len(above.energies_j), len(below.energies_j)
    return ratio, excess(ratio, sd, degrees, shapes, counts)


def _energy(shape: Shape) -> float:
    return _geometric_mean(shape.energies_j)


def _time(shape: Shape) -> float:
    return _geometric_mean(shape.times_s)


def _geometric_mean(values: Sequence[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values))


def _exceeding(
    kernels: Sequence[KernelShapes],
    of: Callable[[KernelShapes], tuple[float | None, float | None]],
) -> tuple[Exceeding, ...]:
    ratios = [of(one) for one in kernels]
    is_known = any(low is not None for _, low in ratios)
    return tuple(
        Exceeding(
            limit,
            sum(ratio is not None and ratio > 1 + limit for ratio, _ in ratios),
            sum(low is not None and low > 1 + limit for _, low in ratios) if is_known else None,
        )
        for limit in LIMITS
    )


def _regrets(judged: Sequence[Study]) -> dict[str, Regrets]:
    found = {}
    for name, rule in RULES.items():
        regrets = [regret for study in judged if (regret := rule(study)) is not None]
        if regrets:
            values = np.array([value for value, _ in regrets])
            found[name] = Regrets(
                kernels=len(regrets),
                mean=float(values.mean()),
                median=float(np.median(values)),
                p90=float(np.quantile(values, 0.9)),
                worst=float(values.max()),
                within_5=float(np.mean([share for _, share in regrets])),
            )
    return found
