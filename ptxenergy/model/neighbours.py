"""How far a launch lies from everything that a model was trained on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ptxenergy.errors import PtxEnergyError

_MOST_POINTS = 4000


class Neighbours(Struct, frozen=True):
    """Training launches in scaled features.

    A feature is centred at its median and scaled by its spread between the quartiles. A distance
    is the mean over features of the absolute difference to the nearest training launch; a value
    that only one of both lacks counts as one spread.
    """

    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    points: NDArray[np.float32]

    @classmethod
    def of(cls, features: NDArray[np.float64]) -> Neighbours:
        """The neighbours that rows of training features make; thinned evenly where many."""
        known = np.where(np.isfinite(features).any(axis=0), features, 0.0)
        low, centre, high = np.nanpercentile(known, (25, 50, 75), axis=0)
        deviation = np.nanstd(known, axis=0)
        scale = np.where(high > low, high - low, np.where(deviation > 0, deviation, 1.0))
        points = np.unique(((features - centre) / scale).astype(np.float32), axis=0)
        step = max(1, -(-len(points) // _MOST_POINTS))
        return cls(centre, scale, points[::step])

    def distances(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """The distance of each row to its nearest training launch."""
        scaled = ((features - self.centre) / self.scale).astype(np.float32)
        return np.array([self._nearest(row) for row in scaled], dtype=np.float64)

    def _nearest(self, row: NDArray[np.float32]) -> float:
        apart = np.abs(self.points - row)
        lacking = np.isnan(apart)
        if lacking.any():
            both = np.isnan(self.points) & np.isnan(row)
            apart = np.where(lacking, np.where(both, 0.0, 1.0), apart)
        return float(apart.mean(axis=1).min())

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The neighbours as named arrays, for a file."""
        return {"centre": self.centre, "scale": self.scale, "points": self.points}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Neighbours:
        """The neighbours of such arrays. Raises PtxEnergyError where they do not fit together."""
        try:
            found = cls(
                arrays["centre"].astype(np.float64),
                arrays["scale"].astype(np.float64),
                arrays["points"].astype(np.float32),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise PtxEnergyError(f"the model's neighbours are damaged: {error}") from error
        if found.points.ndim != 2 or not found.points.shape[1:] == found.centre.shape:
            raise PtxEnergyError("the model's neighbours are damaged: shapes differ")
        return found
