"""What a program may say of a launch, in Python's values instead of options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, TypedDict, cast

from ptxenergy.errors import LaunchError
from ptxenergy.launch.parse import parse_argument, parse_dim3, parse_pins
from ptxenergy.launch.request import ArgumentSetting, Dim3, LaunchRequest
from ptxenergy.model.board import Board
from ptxenergy.model.traffic import Cache
from ptxenergy.pipeline import Options

Extents: TypeAlias = int | str | Sequence[int]
"""Extents along x, y and z: `256`, `"32x8"`, `(32, 8)`."""

Number: TypeAlias = int | float | str


class Asked(TypedDict, total=False):
    """Everything that may be said of a launch; what is left out, or None, is read off the file or
    assumed, and every assumption is listed.

    `block` in threads, `grid` in blocks, or `threads` in place of it: the extents of the problem.
    `args`: scalars by index over all parameters or by name, as `--arg` takes them: `{3: 4096}`,
    `{"n": 4096}`, `{"p+8:u32": 7}`. `shared_bytes`: dynamic shared memory of a block.
    `kernel`: a part of a name that is unique. `registers` a thread, or `"ptxas"`. `trips`,
    `branches`, `accesses`: by line of the PTX file, as `--trip`, `--branch` and `--access`; trips
    of lanes and of warps are a pair. `tensor_maps`: by parameter, `{2: "64x64:2"}`. `clock_mhz`
    locks the clock, `power_limit_w` limits the board, `cache` is what L2 holds before each launch.
    `model`: a model's file; `any_model`: whatever it was made for. `strict`: assume nothing.
    """

    block: Extents | None
    grid: Extents | None
    threads: Extents | None
    args: Mapping[int | str, Number] | None
    shared_bytes: int | None
    kernel: str | None
    gpu: str | None
    registers: int | Literal["ptxas"] | None
    trips: Mapping[int, float | tuple[float, float]] | None
    branches: Mapping[int, float] | None
    accesses: Mapping[int, str | float] | None
    tensor_maps: Mapping[int | str, str] | None
    clock_mhz: float | None
    power_limit_w: float | None
    cache: Cache | None
    model: str | None
    any_model: bool | None
    strict: bool | None


_MAPPINGS: Final = ("args", "trips", "branches", "accesses", "tensor_maps")
_MOST_REGISTERS: Final = 255
_GPU: Final = Options().gpu


def merged(defaults: Asked, asked: Asked) -> Asked:
    """What is asked, and the defaults of what is not; arguments and pins one by one.

    A grid takes the place of default extents of the problem, and the other way round. Raises
    TypeError for a name that is none of `Asked`.
    """
    unknown = sorted(asked.keys() - Asked.__annotations__.keys())
    if unknown:
        raise TypeError(
            f"{unknown[0]!r} is not known, known are {', '.join(Asked.__annotations__)}"
        )
    given = {name: value for name, value in asked.items() if value is not None}
    kept = dict(defaults)
    if given.keys() & {"grid", "threads"}:
        kept.pop("grid", None)
        kept.pop("threads", None)
    for name in _MAPPINGS:
        if name in given and name in kept:
            given[name] = {**cast("Any", kept[name]), **cast("Any", given[name])}
    return cast("Asked", kept | given)


def options_of(asked: Asked) -> Options:
    """The same as the pipeline wants it. Raises LaunchError where something makes no sense."""
    if asked.get("grid") is not None and asked.get("threads") is not None:
        raise LaunchError("grid and threads both set the grid: give one of them")
    board = Board(
        asked.get("clock_mhz"), asked.get("power_limit_w"), _cache(asked.get("cache") or "warm")
    )
    return Options(
        gpu=asked.get("gpu") or _GPU,
        kernel=asked.get("kernel"),
        request=_request(asked),
        registers=_registers(asked.get("registers")),
        strict=bool(asked.get("strict")),
        board=board,
        model=asked.get("model"),
        any_model=bool(asked.get("any_model")),
    )


def extents_of(given: Extents) -> Dim3:
    """Extents as people write them in Python. Raises LaunchError."""
    if isinstance(given, str):
        return parse_dim3(given)
    return parse_dim3("x".join(map(str, given if isinstance(given, Iterable) else (given,))))


def _request(asked: Asked) -> LaunchRequest:
    shared_bytes = asked.get("shared_bytes") or 0
    if shared_bytes < 0:
        raise LaunchError(f"shared_bytes must not be negative, got {shared_bytes}")
    block, grid, threads = asked.get("block"), asked.get("grid"), asked.get("threads")
    return LaunchRequest(
        block=None if block is None else extents_of(block),
        grid=None if grid is None else extents_of(grid),
        threads=None if threads is None else extents_of(threads),
        arguments=tuple(_arguments(asked.get("args") or {})),
        shared_bytes=shared_bytes,
        pins=parse_pins(
            _typed(asked.get("trips")),
            _typed(asked.get("branches")),
            _typed(asked.get("accesses")),
            _typed(asked.get("tensor_maps")),
        ),
    )


def _arguments(args: Mapping[int | str, Number]) -> Iterator[ArgumentSetting]:
    for target, value in args.items():
        yield parse_argument(f"{target}={int(value) if isinstance(value, bool) else value}")


def _typed(pins: Mapping[Any, object] | None) -> list[str]:
    """Pins as options have them: `LINE=VALUE`, a pair as `MEAN/WARP`."""
    return [
        f"{key}={'/'.join(map(str, value)) if isinstance(value, tuple) else value}"
        for key, value in (pins or {}).items()
    ]


def _cache(state: str) -> Cache:
    if state not in ("warm", "cold"):
        raise LaunchError(f"cache is 'warm' or 'cold', not {state!r}")
    return "cold" if state == "cold" else "warm"


def _registers(given: int | str | None) -> int | str | None:
    if given is None or given == "ptxas":
        return given
    if isinstance(given, int) and 1 <= given <= _MOST_REGISTERS:
        return given
    raise LaunchError(f"registers are 1 to {_MOST_REGISTERS} or 'ptxas', not {given!r}")
