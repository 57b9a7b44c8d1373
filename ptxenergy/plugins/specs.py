"""What a plugin may be asked: version 1 of the specification.

Each function is optional. One that raises is named in one line of warning, and its plugin is asked
nothing more. `SPEC_VERSION` is raised where a function changes or goes, not where one comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pluggy import HookspecMarker

if TYPE_CHECKING:
    from ptxenergy.features.extractor import Extractor
    from ptxenergy.model.prediction import Prediction
    from ptxenergy.pipeline import Predictions

hookspec = HookspecMarker("ptxenergy")


@hookspec
def ptxenergy_compile(path: Path, gpu: str | None) -> bytes | None:
    """A front end: the PTX of a source file, None if the file is not of its kind.

    Asked for every input that is neither standard input nor called `*.ptx`, plugin by plugin, until
    one answers. `gpu` is the id of the GPU to compile for, None if any will do. What is wrong with
    the source is a `PtxEnergyError`, which goes to the user as it is.
    """
    raise NotImplementedError


@hookspec
def ptxenergy_gpus() -> Iterable[Path]:
    """GPU specifications: TOML files as in `ptxenergy/gpu/gpus/`, called `ID.toml`.

    What a file shares with its compute capability may be left out. Its sources are those of a
    `sources.toml` beside it and those that ship. An id that ships is not replaced.
    """
    raise NotImplementedError


@hookspec
def ptxenergy_features() -> Extractor:
    """A feature extractor: more of what a model sees of a launch. Asked once a process."""
    raise NotImplementedError


@hookspec
def ptxenergy_reporters() -> Mapping[str, Callable[[Predictions], str]]:
    """Reporters by name: what `ptxenergy predict --reporter NAME` prints of the predictions."""
    raise NotImplementedError


@hookspec
def ptxenergy_predicted(prediction: Prediction) -> None:
    """An observer: told of what `predict`, `explain`, `build-report` and the hooks predict."""
