"""Active lanes, with how many warps and threads of the whole launch they stand for."""

from __future__ import annotations

from ptxenergy.launch.closed.scope import Scope
from ptxenergy.launch.reference.lanes import Bools, count_by_warp


class Lanes:
    """A set of lanes that run together; `warps` and `threads` count all blocks of the boxes."""

    __slots__ = ("bools", "count", "is_all", "threads", "warps")

    def __init__(self, scope: Scope, bools: Bools) -> None:
        per_warp = count_by_warp(bools)
        self.bools = bools
        self.count = int(per_warp.sum())
        self.is_all = self.count == scope.size
        self.warps = int(scope.weights[per_warp != 0].sum())
        self.threads = int(per_warp.astype("int64") @ scope.weights)
