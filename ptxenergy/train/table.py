"""Launches as numbers: features and bound of each row beside its labels and tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ptxenergy.features.feature_set import FeatureSet
from ptxenergy.measure.kernels.families import GENERATED
from ptxenergy.model.forest import Column, Matrix
from ptxenergy.train.errors import TrainingError
from ptxenergy.train.rows import Measured, Tags


class Counted(Struct, frozen=True):
    """One launch as a prediction sees it: features, bound, and each resource's share of the bound.

    `bound_time_s` and `bound_power_w` are those of the physical bound.
    """

    features: tuple[float, ...]
    bound_time_s: float
    bound_power_w: float
    shares: Mapping[str, float]


class Table(Struct, frozen=True):
    """Rows to learn from or to be judged by; every sequence has one entry a row."""

    feature_set: FeatureSet
    counted: tuple[Counted, ...]
    tags: tuple[Tags, ...]
    measured: tuple[Measured, ...]

    def __len__(self) -> int:
        return len(self.counted)

    @property
    def features(self) -> Matrix:
        """One row of features a launch."""
        width = len(self.feature_set.names)
        rows = np.array([one.features for one in self.counted], dtype=np.float64)
        return rows.reshape(len(self.counted), width)

    @property
    def groups(self) -> NDArray[np.str_]:
        """What is held out together; where everything is generated, its kinds."""
        groups = [tags.group for tags in self.tags]
        if set(groups) == {GENERATED}:
            groups = [tags.family for tags in self.tags]
        return np.array(groups, dtype=np.str_)

    def bound(self, quantity: str) -> Column:
        """The bound's `time` (s), `power` (W) or `energy` (J)."""
        times = np.array([one.bound_time_s for one in self.counted])
        powers = np.array([one.bound_power_w for one in self.counted])
        columns: dict[str, Column] = {"time": times, "power": powers, "energy": times * powers}
        return columns[quantity]

    def labels(self, quantity: str) -> Column:
        """The measured `time` (s), `power` (W) or `energy` (J)."""
        name = {"time": "time_s", "power": "power_w", "energy": "energy_j"}[quantity]
        return np.array([getattr(one, name) for one in self.measured], dtype=np.float64)

    def target(self, quantity: str) -> Column:
        """What the trees learn: log(measured / bound)."""
        ratios: Column = np.log(self.labels(quantity) / self.bound(quantity))
        return ratios

    def take(self, rows: Sequence[int] | NDArray[np.intp] | NDArray[np.bool_]) -> Table:
        """The rows at these places, or where a mask is true."""
        asked = np.asarray(rows)
        places = (np.flatnonzero(asked) if asked.dtype == np.bool_ else asked).astype(int).tolist()
        return Table(
            self.feature_set,
            tuple(self.counted[place] for place in places),
            tuple(self.tags[place] for place in places),
            tuple(self.measured[place] for place in places),
        )


def check_apart(table: Table) -> None:
    """Raise TrainingError where one point stands under two families: it would straddle folds."""
    known: dict[str, str] = {}
    for tags in table.tags:
        if known.setdefault(tags.point_id, tags.group) != tags.group:
            raise TrainingError(
                f"point {tags.point_id} is of family {known[tags.point_id]} and of {tags.group}: "
                "measure or name it anew"
            )
