"""How much measurements of one thing differ, and what of a difference is more than that.

One measurement's relative standard deviation is pooled over all points that were measured again
(of logarithms: ratios count). Differences of k shapes are held to Tukey and Kramer's test: with
equal shapes, all k(k - 1)/2 differences together stay below q · sd · sqrt((1/n + 1/m)/2) in 95 % of
kernels, q being the studentised range. What a difference has above that is beyond noise. The best
and the worst of ten may so be picked by the very measurements that they are judged by.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from ptxenergy.findings.data_set import Table
from ptxenergy.findings.values import Noise

LEVEL = 0.95
_LEAST_DEGREES = 20
"""With fewer degrees of freedom in the shape study, the repeats of all studies say the noise."""


def noise_of(shown: Table) -> Noise:
    """The noise of the good rows of open families: of the shape study's repeats, or of all."""
    studied = _pooled(shown[shown["study"] == "shape"], "repeats in the shape study")
    return studied if studied.degrees >= _LEAST_DEGREES else _pooled(shown, "repeats of all points")


def excess(
    ratio: float, sd: float | None, degrees: int, shapes: int, counts: tuple[int, int]
) -> float | None:
    """The lower end of the simultaneous interval of a ratio >= 1 of two of so many shapes' means.

    `counts` are how often each was measured, `sd` one measurement's relative standard deviation;
    None without it. 1 or less: not beyond noise.
    """
    if sd is None or shapes < 2:
        return None
    margin = _studentised(shapes, degrees) * sd * math.sqrt((1 / counts[0] + 1 / counts[1]) / 2)
    return ratio / math.exp(margin)


def _pooled(rows: Table, of: str) -> Noise:
    repeated = rows[rows.groupby("point_id")["point_id"].transform("size") > 1]
    points = repeated["point_id"].nunique()
    degrees = len(repeated) - points
    if not degrees:
        return Noise(None, None, 0, 0, of)
    spreads = []
    for name in ("energy_j", "time_s"):
        logs = np.log(repeated[name])
        off = logs - logs.groupby(repeated["point_id"]).transform("mean")
        spreads.append(float(math.sqrt((off**2).sum() / degrees)))
    return Noise(spreads[0], spreads[1], points, degrees, of)


@cache
def _studentised(shapes: int, degrees: int) -> float:
    from scipy.stats import studentized_range

    return float(studentized_range.ppf(LEVEL, shapes, degrees))
