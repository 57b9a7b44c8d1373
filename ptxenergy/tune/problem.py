"""The problem that every block shape cuts in its own way."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from msgspec import Struct
from msgspec.structs import replace

from ptxenergy.errors import LaunchError
from ptxenergy.launch.arguments import given_values
from ptxenergy.launch.request import Dim3, LaunchRequest
from ptxenergy.ptx.syntax import Function
from ptxenergy.tune.formula import Formula


class Problem(Struct, frozen=True):
    """The launch as the user gave it, and the formulas of grid and dynamic shared memory.

    `required`: the block that the PTX requires, which a `--grid` without a block is of.
    """

    request: LaunchRequest
    grid_from: Formula | None = None
    shared_from: Formula | None = None
    required: Dim3 | None = None

    def check(self) -> None:
        """Raise LaunchError where nobody said how large the problem is."""
        if self.grid_from is None:
            self.threads  # noqa: B018 - raises

    @property
    def threads(self) -> Dim3:
        """Its extents in threads. Raises LaunchError where neither option gives them."""
        request = self.request
        if request.threads is not None:
            return request.threads
        block = request.block or self.required
        if request.grid is not None and block is not None:
            return Dim3(*(g * b for g, b in zip(request.grid, block, strict=True)))
        raise LaunchError(
            "how large is the problem? Say --threads 4096x4096, --grid with --block, or "
            "--grid-from 'ceil(arg2/bx), ceil(arg3/by)'"
        )

    def cut(self, block: Dim3, kernel: Function, base: LaunchRequest) -> LaunchRequest:
        """The launch of `base` in blocks of this shape. Raises LaunchError for a bad formula."""
        asked = replace(base, block=block, shared_bytes=self.shared_bytes(block, kernel), grid=None)
        if self.grid_from is None:
            return replace(asked, threads=self.threads)
        grid = self.grid_from.at(block, self._values(kernel))
        if min(grid) < 1:
            shown = "x".join(map(str, grid))
            raise LaunchError(f"{self.grid_from.option} gives a grid of {shown}")
        return replace(asked, threads=None, grid=Dim3(*grid))

    def shared_bytes(self, block: Dim3, kernel: Function) -> int:
        """Dynamic shared memory of a block, bytes."""
        if self.shared_from is None:
            return self.request.shared_bytes
        (found,) = self.shared_from.at(block, self._values(kernel))
        if found < 0:
            raise LaunchError(f"{self.shared_from.option} gives {found} bytes")
        return found

    def _values(self, kernel: Function) -> Mapping[str, int | float]:
        """Arguments that were given as finite numbers, by `argN` and by parameter."""
        found: dict[str, int | float] = {}
        values = given_values(kernel, self.request.arguments)
        for (index, offset), value in values.items():
            if offset == 0 and isfinite(value.value):
                found[f"arg{index}"] = value.value
                found[plain_name(kernel, index)] = value.value
        return found


def plain_name(kernel: Function, index: int) -> str:
    """A parameter's name as people write it: nvcc's `kernel_param_3` is `param_3`."""
    return kernel.parameters[index].name.removeprefix(f"{kernel.name}_")
