"""Kernel Tuner: only the configurations that are predicted to be best are measured.

    from ptxenergy.hooks.kernel_tuner import Pruned
    kernel_tuner.tune_kernel(..., strategy=Pruned(top_k=10, by="energy", gpu="a100"))

It is a strategy around another one: the search space that remains after the user's restrictions is
compiled by NVRTC, each configuration is predicted at its own block, grid and scalars, and the
inner strategy searches the best of them only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from ptxenergy.errors import GpuError, InputError
from ptxenergy.gpu import load
from ptxenergy.hooks import nvrtc
from ptxenergy.hooks.objective import best, check_by, number_to_keep
from ptxenergy.hooks.watching import warn
from ptxenergy.model.goal import Goal
from ptxenergy.model.prediction import Prediction
from ptxenergy.pipeline import Options


class Pruned:
    """A strategy of Kernel Tuner.

    The `top_k` configurations (a number, or a share as a float) by predicted `energy`, `time` or
    `edp` are searched by the strategy `then`, which gets Kernel Tuner's `strategy_options`. `gpu`
    of None is the one that Kernel Tuner names. `compiler_options` go to NVRTC. `predictions` has,
    after a search, what was predicted, by the values of the configuration.
    """

    def __init__(
        self,
        top_k: int | float,
        by: Goal = "energy",
        gpu: str | None = None,
        then: str = "brute_force",
        compiler_options: Sequence[str] = (),
        options: Options | None = None,
    ) -> None:
        check_by(by)
        number_to_keep(1, top_k)
        if gpu is not None:
            load(gpu)
        self.top_k, self.by, self.gpu, self.then = top_k, by, gpu, then
        self.compiler_options, self.options = tuple(compiler_options), options or Options()
        self.predictions: dict[tuple[Any, ...], Prediction] = {}

    def tune(self, searchspace: Any, runner: Any, tuning_options: Any) -> Any:
        """What Kernel Tuner calls. Where nothing can be predicted, the whole space is searched and
        one line of warning says why."""
        from kernel_tuner.interface import strategy_map

        try:
            searchspace = self._pruned(searchspace, runner)
        except Exception as error:  # noqa: BLE001 - a hook never breaks a search
            warn("the search space is not pruned", error)
        return strategy_map[self.then].tune(searchspace, runner, tuning_options)

    def _pruned(self, searchspace: Any, runner: Any) -> Any:
        """The same search space with the best configurations only."""
        from kernel_tuner.searchspace import Searchspace

        options = replace(self.options, gpu=self.gpu or gpu_named(runner.get_device_info().name))
        names = searchspace.param_names
        self.predictions = {}

        def predict(configuration: tuple[Any, ...]) -> Prediction:
            values = dict(zip(names, configuration, strict=True))
            found = self._predict(values, runner, options)
            self.predictions[configuration] = found
            return found

        candidates = [tuple(one) for one in searchspace.sorted_list()]
        kept = set(best(candidates, predict, self.top_k, self.by))

        def is_kept(*values: Any, **named: Any) -> bool:
            # Kernel Tuner calls a restriction by position in one place, by name in another.
            return (values or tuple(named[name] for name in names)) in kept

        return Searchspace(
            searchspace.tune_params,
            [is_kept],
            searchspace.max_threads,
            searchspace.block_size_names,
        )

    def _predict(self, values: dict[str, Any], runner: Any, options: Options) -> Prediction:
        """One configuration, as Kernel Tuner would compile and launch it."""
        from kernel_tuner import util

        asked, source = runner.kernel_options, runner.kernel_source
        if source.lang not in ("CUDA", "NVCUDA", "CUPY"):
            raise InputError(f"{source.lang} is not CUDA")
        names = asked.block_size_names or util.default_block_size_names
        divisors = (asked.grid_div_x, asked.grid_div_y, asked.grid_div_z)
        block, grid = util.setup_block_and_grid(asked.problem_size, divisors, values, names)
        name, text, files = source.prepare_list_of_files(
            asked.kernel_name, values, grid, block, names
        )
        shared = util.get_smem_args(asked.smem_args, values) if asked.smem_args else {}
        try:
            return nvrtc.predict(
                text,
                *(_chosen(argument, values) for argument in asked.arguments),
                kernel=name,
                grid=grid,
                block=block,
                shared_bytes=int(shared.get("size", 0)),
                options=options,
                compiler_options=self.compiler_options,
                name=asked.kernel_name,
            )[0]
        finally:
            for file in files.values():
                util.delete_temp_file(file)


def gpu_named(device: str) -> str:
    """The described GPU that a driver calls so: `NVIDIA A100-SXM4-80GB`. Raises GpuError."""
    try:
        return load(device.removeprefix("NVIDIA ")).id
    except GpuError as error:
        raise GpuError(f"{error}: give gpu=") from None


def _chosen(argument: Any, values: dict[str, Any]) -> Any:
    """The argument of a configuration, where Kernel Tuner has one for each value of a parameter."""
    return argument.get(values[argument.param_key]) if hasattr(argument, "param_key") else argument
