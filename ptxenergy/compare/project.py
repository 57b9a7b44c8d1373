"""The kernels of a PTX text at the launches that their project says, or else the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from ptxenergy.compare.corrected import Version
from ptxenergy.errors import PtxEnergyError
from ptxenergy.launch.request import Dim3, LaunchRequest
from ptxenergy.model.prediction import Prediction
from ptxenergy.pipeline import Options
from ptxenergy.program.shared import body_of
from ptxenergy.ptx.syntax import Function
from ptxenergy.settings import KernelEntry, Settings

BlockSource: TypeAlias = Literal["project", ".reqntid", ".maxntid", "default"]
GridSource: TypeAlias = Literal["project", "assumed"]
ArgumentSource: TypeAlias = Literal["project", "partly assumed", "assumed", "none"]


class LaunchSource(Struct, frozen=True):
    """What said each part of a launch. `entry`: the place of the project's entry, if there is one.
    `arguments` are the scalar ones that the kernel reads."""

    block: BlockSource
    grid: GridSource
    arguments: ArgumentSource
    entry: str | None = None

    @property
    def is_assumed(self) -> bool:
        """Whether the block, the grid or an argument had to be assumed."""
        return (
            self.block in (".maxntid", "default")
            or self.grid == "assumed"
            or "assumed" in self.arguments
        )


class Launched(Struct, frozen=True):
    """One kernel of a file, predicted at its launch."""

    file: str
    prediction: Prediction
    source: LaunchSource

    @property
    def kernel(self) -> str:
        """The mangled name."""
        return self.prediction.inspection.profile.kernel


class NotPredicted(Struct, frozen=True):
    """A kernel of a file that could not be predicted, and why."""

    file: str
    kernel: str
    reason: str


def predict_project(
    text: bytes, file: str, settings: Settings, options: Options
) -> Iterator[Launched | NotPredicted]:
    """Predict every kernel of a text at its launch; `options` says all that is not the launch.

    A model corrects the bound where there is one. Raises PtxSyntaxError, GpuError, and ModelError
    where the model cannot be read.
    """
    version = Version(text, file, options)
    for name in version.module.kernel_names:
        entry = settings.entry_for(name)
        try:
            request, block = request_for(body_of(version.module, name), entry)
            found = version.predict(name, request)
        except PtxEnergyError as error:
            yield NotPredicted(file, name, str(error))
        else:
            yield Launched(file, found, source_of(found, block, entry))


def request_for(kernel: Function, entry: KernelEntry | None) -> tuple[LaunchRequest, BlockSource]:
    """What to ask for, and where the block comes from: the entry, the PTX's `.reqntid`, its
    `.maxntid`, or the defaults of `predict`."""
    request = LaunchRequest() if entry is None else entry.request
    if request.block is not None:
        return request, "project"
    if kernel.directives.get("reqntid"):
        return request, ".reqntid"
    most = kernel.directives.get("maxntid")
    if most:
        return replace(request, block=Dim3(*(int(extent) for extent in most))), ".maxntid"
    return request, "default"


def source_of(
    prediction: Prediction, block: BlockSource, entry: KernelEntry | None
) -> LaunchSource:
    """What said each part of a predicted launch."""
    launch = prediction.inspection.profile.launch
    codes = [assumption.code for assumption in launch.assumptions]
    given = entry is not None and bool(entry.arguments)
    arguments: ArgumentSource = "project" if given else "none"
    if "argument" in codes:
        arguments = "partly assumed" if given else "assumed"
    grid: GridSource = "assumed" if "grid" in codes else "project"
    return LaunchSource(block, grid, arguments, None if entry is None else entry.place)
