"""One simulated campaign of real PTX, counted once for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ptxenergy.train.cache import FeatureCache
from tests.train.campaign import measured, quick_points


@dataclass(frozen=True, slots=True)
class Measured:
    """A data set of simulated rows, and the cache that its counts are kept in."""

    folder: Path
    cache: FeatureCache
    cache_home: Path


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The address of a Dask cluster of two workers on this machine."""
    from distributed import LocalCluster

    settings = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**settings) as found:  # type: ignore[no-untyped-call]
        yield found.scheduler_address


@pytest.fixture(scope="session")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """Rows of eleven families, two launches each, and of one locked family."""
    folder = tmp_path_factory.mktemp("campaign") / "simulated"
    points = quick_points(11, 2) + quick_points(1, 2, locked=True)
    home = tmp_path_factory.mktemp("cache")
    cache = FeatureCache(home / "ptxenergy" / "features")
    return Measured(measured(points, folder), cache, home)
