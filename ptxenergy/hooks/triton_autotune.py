"""Triton's autotuner: only the configurations that are predicted to be best are measured.

    @ptxenergy.hooks.triton_autotune.prune(top_k=4, by="energy")
    @triton.autotune(configs=..., key=["n"])
    @triton.jit
    def kernel(...): ...

Each configuration is compiled as Triton would compile it to measure it, and predicted at the very
grid and scalars of the call. What is measured afterwards comes out of Triton's cache.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from inspect import isfunction
from typing import Any, TypeVar

from msgspec.structs import replace

from ptxenergy.errors import LaunchError
from ptxenergy.hooks.compiled import (
    Compiled,
    capability_of,
    extents,
    gpu_for,
    predict_compiled,
)
from ptxenergy.hooks.objective import CANNOT_RUN, best, check_by, number_to_keep
from ptxenergy.hooks.triton import compiled, scalars
from ptxenergy.hooks.watching import warn
from ptxenergy.launch.request import Dim3
from ptxenergy.model.goal import Goal, cost
from ptxenergy.model.prediction import Prediction
from ptxenergy.pipeline import Options

Autotuner = TypeVar("Autotuner")


def perf_model(
    kernel: Any, by: Goal = "energy", gpu: str | None = None, options: Options | None = None
) -> Callable[..., float]:
    """For `prune_configs_by={"perf_model": …, "top_k": …}`: the predicted joules, seconds or
    joule-seconds of a call; infinite, with one line of warning, where that cannot be said.

    `kernel` is the jitted function or the autotuner, or a function without parameters that gives
    it: `lambda: matmul`, since the decorator is evaluated before the name exists.
    """
    check_by(by)

    def model(**call: Any) -> float:
        try:
            return cost(predict_call(_resolved(kernel), call, gpu, options), by)
        except Exception as error:  # noqa: BLE001 - a hook never breaks a program
            warn("a configuration is not predicted", error)
            return CANNOT_RUN

    return model


def early_config_prune(
    kernel: Any,
    top_k: int | float,
    by: Goal = "energy",
    gpu: str | None = None,
    options: Options | None = None,
) -> Callable[..., list[Any]]:
    """For `prune_configs_by={"early_config_prune": …}`: the `top_k` configurations (a number, or a
    share as a float) that are predicted to be best.

    One that cannot be predicted is kept; one that the GPU cannot run is left out.
    """
    check_by(by)
    number_to_keep(1, top_k)

    def pruned(configs: Sequence[Any], named: Mapping[str, Any], **call: Any) -> list[Any]:
        def predict(config: Any) -> Prediction:
            whole = {**named, **call, **config.all_kwargs()}
            return predict_call(_resolved(kernel), whole, gpu, options)

        return best(configs, predict, top_k, by)

    return pruned


def prune(
    top_k: int | float,
    by: Goal = "energy",
    gpu: str | None = None,
    options: Options | None = None,
) -> Callable[[Autotuner], Autotuner]:
    """Decorates what `triton.autotune` made; its own `early_config_prune` still comes first."""

    def decorate(autotuner: Autotuner) -> Autotuner:
        tuner: Any = autotuner
        ours = early_config_prune(autotuner, top_k, by, gpu, options)
        theirs = tuner.early_config_prune
        tuner.early_config_prune = ours if theirs is None else partial(_both, theirs, ours)
        return autotuner

    return decorate


def _both(
    first: Callable[..., Any],
    second: Callable[..., list[Any]],
    configs: Sequence[Any],
    named: Mapping[str, Any],
    **call: Any,
) -> list[Any]:
    return second(first(configs, named, **call), named, **call)


def predict_call(
    kernel: Any,
    call: Mapping[str, Any],
    gpu: str | None = None,
    options: Options | None = None,
) -> Prediction:
    """Compile a kernel for one call (arguments, constants, options, `grid`) and predict it.

    Nothing runs on the GPU; Triton takes the target from its active driver. Raises PtxEnergyError,
    and whatever Triton raises.
    """
    call = {name: value for name, value in call.items() if name != "warmup"}
    grid = call.pop("grid", None)
    function = _through(kernel, call)
    made = function.warmup(grid=(1,), **call)
    text = compiled(made.metadata._asdict(), made.metadata_group)
    if text is None:
        raise LaunchError("the active driver is not one of CUDA")
    known = replace(
        text.request,
        grid=_grid(grid, call, made.metadata.num_ctas),
        arguments=scalars(made.src.signature, call),
    )
    whole = Compiled(text.text, text.file, text.kernel, known)
    chosen = replace(options or Options(), gpu=gpu or gpu_for(capability_of(text.text)))
    return predict_compiled(whole, chosen)[0]


def _resolved(kernel: Any) -> Any:
    return kernel() if isfunction(kernel) else kernel


def _through(kernel: Any, call: dict[str, Any]) -> Any:
    """The jitted function under the decorators; constants that heuristics choose go into `call`."""
    while not isfunction(kernel.fn):
        for name, choose in getattr(kernel, "values", {}).items():
            call[name] = choose(dict(call))
        kernel = kernel.fn
    return kernel


def _grid(grid: Any, call: Mapping[str, Any], blocks_per_cluster: int) -> Dim3 | None:
    """Blocks: a grid counts clusters where a kernel has them, which lie along x."""
    found = extents(grid(dict(call)) if callable(grid) else grid)
    return None if found is None else found._replace(x=found.x * blocks_per_cluster)
