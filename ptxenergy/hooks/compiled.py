"""What a compiler made in this process → predictions of its kernels, as far as the launch is known.

Order of what says the launch: the call itself, the project's `[[tool.ptxenergy.kernel]]`, the PTX's
`.reqntid`, its `.maxntid`, what `predict` assumes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from ptxenergy.compare.corrected import Version
from ptxenergy.compare.project import request_for
from ptxenergy.errors import GpuError, PtxEnergyError
from ptxenergy.gpu import available, load
from ptxenergy.launch.arguments import parameter_index
from ptxenergy.launch.request import ArgumentSetting, Dim3, LaunchRequest
from ptxenergy.model.prediction import Prediction
from ptxenergy.pipeline import Options
from ptxenergy.plugins import tell_observers
from ptxenergy.program.shared import body_of
from ptxenergy.ptx.names import select
from ptxenergy.ptx.syntax import Function
from ptxenergy.settings import Settings, find_settings

_TARGET = re.compile(rb"^\s*\.target\s+sm_(\d+)(\d)", re.MULTILINE)


class Compiled(Struct, frozen=True):
    """PTX, and what is known of the launch of its kernels.

    `file` is what results call it; `kernel` names one of its kernels, None means all.
    """

    text: bytes
    file: str
    kernel: str | None = None
    request: LaunchRequest = field(default_factory=LaunchRequest)


def predict_compiled(compiled: Compiled, options: Options | None = None) -> tuple[Prediction, ...]:
    """Predict the kernels of a text; `options` says all that is not the launch, and the GPU.

    Without options the GPU is the described one of the text's target. Settings are those of the
    working directory's project. Raises PtxEnergyError.
    """
    if options is None:
        options = Options(gpu=gpu_for(capability_of(compiled.text)))
    found = tuple(_each(compiled, options, find_settings(Path.cwd())))
    tell_observers(found)
    return found


def _each(compiled: Compiled, options: Options, settings: Settings) -> Iterator[Prediction]:
    version = Version(compiled.text, compiled.file, options)
    names = version.module.kernel_names
    for name in names if compiled.kernel is None else (select(names, compiled.kernel),):
        kernel = body_of(version.module, name)
        said, _ = request_for(kernel, settings.entry_for(name))
        yield version.predict(name, _over(compiled.request, said, kernel))


def _over(known: LaunchRequest, said: LaunchRequest, kernel: Function) -> LaunchRequest:
    """What the call says, and for the rest what project and PTX say."""
    indices = {parameter_index(kernel, setting.target) for setting in known.arguments}
    more = (s for s in said.arguments if parameter_index(kernel, s.target) not in indices)
    has_grid = known.grid is not None or known.threads is not None
    return replace(
        known,
        block=known.block or said.block,
        grid=known.grid if has_grid else said.grid,
        arguments=(*known.arguments, *more),
        shared_bytes=known.shared_bytes or said.shared_bytes,
    )


def options_for(gpu: str | None, options: Options | None) -> Options:
    """The options, and in them the GPU where one was named."""
    options = options or Options()
    return options if gpu is None else replace(options, gpu=gpu)


def capability_of(text: bytes) -> tuple[int, int]:
    """The compute capability that a PTX text is for. Raises GpuError where it names none."""
    found = _TARGET.search(text)
    if found is None:
        raise GpuError("the PTX names no .target sm_…: give gpu=")
    return int(found[1]), int(found[2])


def gpu_for(capability: tuple[int, int]) -> str:
    """The GPU to predict for where only its capability is known: the default one, else the one of
    the highest power limit, then bandwidth. Raises GpuError where none of it is described."""
    default = Options().gpu
    if load(default).compute_capability == capability:
        return default
    of_it = [gpu for gpu in map(load, available()) if gpu.compute_capability == capability]
    if not of_it:
        major, minor = capability
        raise GpuError(f"no GPU of capability {major}.{minor} is described: give gpu=")
    return max(of_it, key=lambda gpu: (gpu.power_limit_w, gpu.dram_bytes_per_s, gpu.id)).id


def request_of(
    arguments: Sequence[Any],
    grid: int | Iterable[int] | None,
    block: int | Iterable[int] | None,
    shared_bytes: int,
) -> LaunchRequest:
    """A call as a request.

    `arguments` have one value a parameter of the PTX, of which numbers are taken; the rest (arrays,
    None) stands for pointers and for what is not known. Raises PtxEnergyError for a grid or block
    of other than one to three extents.
    """
    return LaunchRequest(
        block=extents(block),
        grid=extents(grid),
        arguments=tuple(_scalars(arguments)),
        shared_bytes=shared_bytes,
    )


def _scalars(values: Sequence[Any]) -> Iterator[ArgumentSetting]:
    for index, value in enumerate(values):
        number = value.item() if _is_numpy_scalar(value) else value
        if isinstance(number, bool):
            number = int(number)
        if isinstance(number, int | float):
            yield ArgumentSetting(str(index), str(number))


def extents(value: int | Iterable[int] | None) -> Dim3 | None:
    """A grid or block as compilers' launches write it: a number, or one to three of them."""
    if value is None:
        return None
    parts = (value,) if isinstance(value, int) else tuple(int(extent) for extent in value)
    if not 1 <= len(parts) <= 3:
        raise PtxEnergyError(f"a grid or block has one to three extents, not {len(parts)}")
    return Dim3(*parts)


def _is_numpy_scalar(value: Any) -> bool:
    return getattr(value, "shape", None) == () and hasattr(value, "item")
